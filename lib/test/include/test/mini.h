/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dispatchers made by hand, for tests and benchmarks of what the kernel does to a process.
 */
#ifndef TEST_MINI_H
#define TEST_MINI_H

#include <abi/dispatcher.h>
#include <abi/errors.h>
#include <caps/caps.h>
#include <stdbool.h>

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
/* Also as frame->entry_run: sends a word to the endpoint in notes.x[0], asks to be woken if there is no room, and blocks. */
void mini_send(struct dispatcher_frame *frame, void *argument);
/* Runs until it is stopped. */
void mini_spin(struct dispatcher_frame *frame, void *argument);
/* Reads all FP/SIMD registers, ORs them into .error, and blocks. */
void mini_read_fp(struct dispatcher_frame *frame, void *argument);
/* Stores to the address in x1, and then blocks. */
void mini_store(struct dispatcher_frame *frame, void *argument);

#endif
