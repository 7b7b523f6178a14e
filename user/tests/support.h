/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the on-target tests share: memory to work on, and the kernel's hash over all capabilities before and after a
 * call that must be refused.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <abi/captypes.h>
#include <abi/dispatcher.h>
#include <abi/errors.h>
#include <abi/slots.h>
#include <abi/syscall.h>
#include <abi/types.h>
#include <caps/caps.h>
#include <caps/slots.h>
#include <string.h>
#include <test/mini.h>
#include <test/raw.h>
#include <test/test.h>

/* A fresh block of RAM, `bytes` long, in a fresh slot. */
err_t ram_new(cptr_t *ram, uint64_t bytes);
/* What the kernel says of its capabilities: hash over all, and how many there are. */
uint64_t mdb_hash(void);
uint64_t mdb_count(void);
/* The same once it has not changed for a while, in which every process had many turns: what went before is over. */
uint64_t mdb_count_still(void);
/* RAM that this process has allocated, as mem accounts it. */
uint64_t ram_used(void);
/* RAM that nobody has, once what is on its way back has arrived. */
uint64_t ram_free(void);

/*
 * Makes a call that should change no capability of the machine, into `err_`, with the sums of them all before and after it.
 * Other processes may change theirs meanwhile: then the (harmless, since refused) call is made again.
 */
#define CALL_WITHOUT_EFFECT(call)                                                                                      \
    uint64_t before_, after_;                                                                                          \
    err_t err_;                                                                                                        \
    int tries_ = 0;                                                                                                    \
    do {                                                                                                               \
        before_ = mdb_hash();                                                                                          \
        err_ = (call);                                                                                                 \
        after_ = mdb_hash();                                                                                           \
    } while (before_ != after_ && ++tries_ < 8)

/* `call` must answer `expected` and leave every capability of the machine as it was. */
#define REFUSED(call, expected)                                                                                        \
    do {                                                                                                               \
        CALL_WITHOUT_EFFECT(call);                                                                                     \
        if (!test_compare_err(__FILE__, __LINE__, #call, err_, expected)) {                                            \
            return;                                                                                                    \
        }                                                                                                              \
        CHECK(before_ == after_);                                                                                      \
    } while (0)

/* `call` must be refused with whatever error, and change nothing. */
#define REFUSED_ANY(call)                                                                                              \
    do {                                                                                                               \
        CALL_WITHOUT_EFFECT(call);                                                                                     \
        if (err_ == ERR_OK || before_ != after_) {                                                                     \
            test_fail(__FILE__, __LINE__, "%s: got %s, capabilities %s", #call, err_name(err_),                        \
                      before_ == after_ ? "unchanged" : "changed");                                                    \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

/*
 * Runs `round` until the machine has after it what it had before. That must be so at the third time. Only what processes keep for another
 * time (slots, page tables, RAM of their reserves) is given eight: they keep the most that they ever needed, and where several race for
 * something one round may need more than any before. What leaks does so each time.
 */
void leaves_nothing(void (*round)(void));

/* Random numbers that a seed repeats (xorshift64*). */
uint64_t random_next(uint64_t *state);

#endif
