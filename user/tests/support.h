/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the on-target tests share: system calls with whatever in their registers, memory to work on, the
 * kernel's hash over all capabilities before and after a call that must be refused, and dispatchers made by hand.
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
#include <test/test.h>

/* x0-x11 before and after `svc #0`. Returns x0. */
struct raw {
    uint64_t x[19];
};
err_t raw_call(struct raw *raw);

/* A call with x8, x9 and the first six arguments. */
err_t raw6(uint64_t call, uint64_t invoked, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
           uint64_t a5);
#define RAW_CAP(op, ...) raw_first6(SYS_OP(SYS_CAP, op), 0, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_INVOKE(cptr, op, ...) raw_first6(SYS_OP(SYS_INVOKE, op), cptr, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define raw_first6(call, invoked, a, b, c, d, e, f, ...) raw6(call, invoked, a, b, c, d, e, f)

/* A fresh block of RAM, `bytes` long, in a fresh slot. */
err_t ram_new(cptr_t *ram, uint64_t bytes);
/* What the kernel says of its capabilities: hash over all, and how many there are. */
uint64_t mdb_hash(void);
uint64_t mdb_count(void);
/* RAM that this process has allocated, as mem accounts it. */
uint64_t ram_used(void);
/* RAM that nobody has, once what is on its way back has arrived. */
uint64_t ram_free(void);

/*
 * `call` must answer `expected` and leave every capability of the machine as it was. Other processes may change theirs
 * meanwhile: then the (harmless, since refused) call is made again.
 */
#define REFUSED(call, expected) \
    do { \
        uint64_t before_, after_; \
        err_t err_; \
        int tries_ = 0; \
        do { \
            before_ = mdb_hash(); \
            err_ = (call); \
            after_ = mdb_hash(); \
        } while (before_ != after_ && ++tries_ < 8); \
        if (!test_compare_err(__FILE__, __LINE__, #call, err_, expected)) { \
            return; \
        } \
        CHECK(before_ == after_); \
    } while (0)

/* `call` must be refused with whatever error, and change nothing. */
#define REFUSED_ANY(call) \
    do { \
        uint64_t before_, after_; \
        err_t err_; \
        int tries_ = 0; \
        do { \
            before_ = mdb_hash(); \
            err_ = (call); \
            after_ = mdb_hash(); \
        } while (before_ != after_ && ++tries_ < 8); \
        if (err_ == ERR_OK || before_ != after_) { \
            test_fail(__FILE__, __LINE__, "%s: got %s, capabilities %s", #call, err_name(err_), \
                      before_ == after_ ? "unchanged" : "changed"); \
            return; \
        } \
    } while (0)

/* Random numbers that a seed repeats (xorshift64*). */
uint64_t random_next(uint64_t *state);

/*
 * A second dispatcher in this process's own CSpace and VSpace, made by hand: its entry points are the
 * test's. Once resumed it runs `entry`, disabled, with x0 = its frame, x1 = argument, on a stack of its own. It has no
 * thread and no TLS: code that runs on it makes only system calls. Not resumed it is a mailbox.
 */
#define MINI_FRAME_BYTES 8192
#define MINI_STACK_WORDS 1024
struct mini {
    cptr_t dispatcher;
    cptr_t endpoint; /* without a badge */
    cptr_t ram;
    cptr_t frame_cap;
    struct dispatcher_frame *frame;
    uint64_t stack[MINI_STACK_WORDS] __attribute__((aligned(16)));
};
err_t mini_new(struct mini *mini, void (*entry)(struct dispatcher_frame *frame, void *argument), void *argument);
/* Waits up to 2 s until it is in that state (DISP_STATE_*); false if it is not. */
bool mini_wait(struct mini *mini, uint64_t state, struct disp_values *values);
void mini_free(struct mini *mini);

/*
 * Ready-made entry points (raw.S). mini_block blocks at once; the upcalls count themselves, note what came, and block
 * again. What they note is in the frame's second page:
 */
struct mini_notes {
    uint64_t runs;
    uint64_t messages;
    uint64_t faults;
    uint64_t x[12]; /* of the last message upcall: words, badge, words | ring << 8, cptr, self */
    uint64_t fault_address;
    uint64_t fault_esr;
    uint64_t error;    /* of a call that should not have returned */
    uint64_t deadline; /* for mini_block: 0 none */
};
#define MINI_NOTES(mini) ((volatile struct mini_notes *)((char *)(mini)->frame + 4096))
void mini_block(struct dispatcher_frame *frame, void *argument);
void mini_on_run(void);
void mini_on_message(void);
void mini_on_fault(void);
/* Runs until it is stopped. */
void mini_spin(struct dispatcher_frame *frame, void *argument);
/* Reads all FP/SIMD registers, ORs them into .error, and blocks. */
void mini_read_fp(struct dispatcher_frame *frame, void *argument);
/* Stores to the address in x1, and then blocks. */
void mini_store(struct dispatcher_frame *frame, void *argument);

#endif
