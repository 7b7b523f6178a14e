/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleep and doorbell handshake of a UMP ring (messaging/ump.h), for SPIN: one sender, one receiver, a ring of SLOTS, MESSAGES messages.
 * Each statement below is one access to shared memory, in the order of ump.h and ump.c; a doorbell is a bit that the kernel keeps until its
 * owner looks. A lost wake-up is a state in which somebody sleeps for ever: SPIN reports it as an invalid end state.
 *
 * What must fail, so that the model is known to see it (user/tests/host/test_ump.py runs all of them):
 *   -DNO_RECHECK        the receiver does not look again after it has set the flag
 *   -DNO_ROOM_RECHECK   the sender does not look again after it has asked for room
 *   -DBUFFERED          the sender's store of a message may reach memory after its load of the flag (plain release and acquire)
 *   -DROOM_BUFFERED     the receiver's acknowledgement may reach memory after its load of the other flag
 *   -DCLEAR_AFTER_RING  the sender clears the flag after it has rung instead of before
 */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef MESSAGES
#define MESSAGES 5
#endif

byte published, acknowledged; /* numbers of messages */
bool asleep, waiting;         /* the two flags */
bool bell[2];                 /* of the sender, of the receiver */
byte copied;                  /* by the receiver: private */

/* The processor lets a thread that blocks go on when its bell has been rung. */
#define BLOCK(who) atomic { bell[who]; bell[who] = false }
#define RING(who) bell[who] = true

active proctype sender()
{
    byte sent = 0, seen = 0;
    bool flag;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES && sent - seen < SLOTS ->
        sent++;
#ifdef BUFFERED
        flag = asleep;
        published = sent;
#else
        published = sent;
        flag = asleep;
#endif
        if
        :: flag ->
#ifdef CLEAR_AFTER_RING
            RING(1);
            asleep = false
#else
            asleep = false;
            RING(1)
#endif
        :: else
        fi
    :: sent < MESSAGES && sent - seen == SLOTS ->
        if
        :: seen != acknowledged -> seen = acknowledged
        :: else ->
            waiting = true;
#ifndef NO_ROOM_RECHECK
            if
            :: seen != acknowledged -> waiting = false
            :: else -> BLOCK(0)
            fi
#else
            BLOCK(0)
#endif
        fi
    od;
    assert(published == MESSAGES)
}

active proctype receiver()
{
    bool flag;
    byte there;
    do
    :: copied == MESSAGES -> break
    :: copied < MESSAGES ->
        there = published;
        if
        :: there > copied ->
            assert(there - copied <= SLOTS); /* no slot is written before it has been read */
            copied++;
#ifdef ROOM_BUFFERED
            skip
#else
            acknowledged = copied
#endif
        :: else ->
            /* Nothing there: does the sender wait for room? */
            flag = waiting;
#ifdef ROOM_BUFFERED
            acknowledged = copied;
#endif
            if
            :: flag -> waiting = false; RING(0)
            :: else
            fi;
            /* Poll again, or go to sleep. */
            if
            :: skip
            :: asleep = true;
#ifndef NO_RECHECK
                there = published;
                if
                :: there > copied -> asleep = false
                :: else -> BLOCK(1); asleep = false
                fi
#else
                BLOCK(1); asleep = false
#endif
            fi
        fi
    od
}
