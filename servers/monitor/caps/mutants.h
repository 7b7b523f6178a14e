/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeded bugs, with which the checkers are checked: each says what is wrong in it. In the monitor MUTANT() is false and the
 * compiler leaves nothing of it. First those of the protocol, then those of the (fake) kernel.
 */
#ifndef CAPS_MUTANTS_H
#define CAPS_MUTANTS_H

/* clang-format off */
#define DCAP_MUTANTS(X) \
    X(LOCK_ENTERS,        "1: a core is entered into the mask when it asks for the lock") \
    X(ABORT_EMPTY,        "1: an operation that aborts returns an empty mask") \
    X(EMPTY_IS_FREE,      "1: whoever returns an empty mask says that the block is free") \
    X(UNLOCK_NOW_HOME,    "1: UNLOCK goes to whoever is the home by now") \
    X(FREE_CLEARS,        "2: FREE removes the block's directory entry") \
    X(FIRST_SHARE_MASK,   "2: the first share leaves the sharer out of the mask") \
    X(VACATE_BLINDLY,     "3: the mask loses the core that asked to leave, whatever has come since") \
    X(ACK_ADDS,           "4: a failed INSTALL enters its core all the same") \
    X(ACK_CLEARS,         "4: a failed INSTALL clears its core's bit, although it holds others") \
    X(UNLOCK_EARLY_SEND,  "4: the lock is released before the INSTALL is acknowledged") \
    X(REVOKE_MASK_ME,     "6: after a revoke the mask lacks the revoker") \
    X(REVOKE_MASK_ALL,    "6: after a revoke the mask still has all that were asked") \
    X(REVOKE_MISSES_ONE,  "6: a revoke leaves out the last core of the mask") \
    X(REVOKE_NO_WAIT,     "6: a revoke answers when it has swept its own core") \
    X(REMOTE_NO_FENCE,    "6: other cores sweep without a fence") \
    X(REVOKER_NO_FENCE,   "6: the revoker sweeps without a fence") \
    X(REVOKER_LIFTS,      "6: the revoker lifts its fence when its own sweep is done") \
    X(REMOTE_FENCED,      "6: a core leaves the fence up after its ack") \
    X(ALONE_OF_TWO,       "8: the holder becomes exclusive with another core in the mask") \
    X(ALONE_KEEPS_MASK,   "8: exclusive again, but the home is told a mask") \
    X(ALONE_KEEPS_STATE,  "8: exclusive again for the home, but the BlockState stays") \
    X(ARENA_NO_ACKS,      "9: an arena moves before all cores have acknowledged") \
    X(ARENA_NO_REST,      "9: an arena moves while something is locked in it") \
    X(ARENA_NO_ANSWER,    "9: the old home answers no LOCK any more") \
    X(LOCK_TWICE,         "11: a core has several LOCKs for one block under way") \
    X(GRANT_TWICE,        "11: a LOCK for a locked block is granted") \
    X(QUEUE_LOST,         "11: who waits behind an operation of its own core is forgotten") \
    X(REPLY_TWICE,        "inv. 6: an operation that fails replies twice") \
    X(RETYPE_UNLOCKS,     "Barrelfish: retype releases its lock before it creates") \
    X(REVOKE_UNLOCKS,     "Barrelfish: a revoke does not hold the lock of its target") \
    X(LAST_LOCALLY,       "Barrelfish: whether a copy is the last is decided on its core alone") \
    X(CHANNEL_SWAPS,      "11: a channel does not keep its order") \
    X(RETYPE_ASKS_NOBODY, "Barrelfish: retype looks for conflicts on its own core only") \
    X(RETYPE_DEAF,        "retype does not heed the answers") \
    X(MOVE_KEEPS,         "a move of a shared capability leaves it where it was") \
    X(FREE_DROPPED,       "Barrelfish: freed blocks beyond a few pending ones are dropped") \
    X(FREE_NO_ACK,        "FREE has no bound: the channel overflows") \
    X(NO_GENERATION,      "3: generations are not compared") \
    X(NO_SECOND_LOOK,     "3: the source is not looked at again after GRANT") \
    X(SPLIT_SILENT,       "3: a split neither changes the generation nor is the block's extent compared") \
    X(FREE_WITH_STATE,    "2: the kernel queues a block as free that has a BlockState") \
    X(VACANT_LOST,        "2: the kernel does not say that a shared block is vacant") \
    X(INSTALL_NO_STATE,   "4: INSTALL of a shared capability makes no BlockState") \
    X(INSTALL_STATE,      "4: INSTALL of an exclusive capability makes one") \
    X(INSTALL_LEAVES,     "4: a failed INSTALL leaves a BlockState that it does not report") \
    X(FLIGHT_COUNTS,      "5: what is in flight stays in the MDB") \
    X(FLIGHT_BY_CONTENT,  "5: an ack takes any slot in flight with the same content") \
    X(FLIGHT_LOST,        "5: a failed move whose slot is gone does not free the block") \
    X(MOVE_SIBLINGS,      "5: an exclusive move although more lies in the block") \
    X(MOVE_SHARED,        "5: an exclusive move although the block has a BlockState") \
    X(SWEEP_NO_MAPPINGS,  "6: a sweep leaves Mappings") \
    X(SWEEP_NO_ZOMBIES,   "7: a sweep leaves zombies") \
    X(SWEEP_NO_COPIES,    "6: a sweep leaves copies") \
    X(ZOMBIE_NO_CONFLICT, "7: zombies do not count as conflicts") \
    X(ZOMBIE_NOT_HELD,    "7: zombies do not count as held") \
    X(MAPPING_NOT_HELD,   "Mappings do not count as held") \
    X(SPLIT_SHARED,       "9: a shared block is split") \
    X(LOCAL_RETYPE,       "1: the kernel retypes in a shared block by itself") \
    X(LOCAL_REVOKE,       "1: the kernel revokes in a shared block by itself") \
    X(FENCE_COPIES,       "6: a fence lets copies through") \
    X(FENCE_MAPS,         "6: a fence lets mappings through")
/* clang-format on */

#define DCAP_MUTANT_ENUM(name, text) MUTANT_##name,
enum dcap_mutant { MUTANT_NONE, DCAP_MUTANTS(DCAP_MUTANT_ENUM) MUTANT_COUNT };

#ifdef DCAP_MUTANTS_ON
extern enum dcap_mutant dcap_mutant;
#define MUTANT(name) (dcap_mutant == MUTANT_##name)
#else
#define MUTANT(name) 0
#endif

#endif
