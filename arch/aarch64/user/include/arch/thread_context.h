/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread that gave up the processor by itself needs saved: the registers that a function call keeps. arch/aarch64/user/context.S
 * knows the offsets.
 */
#ifndef ARCH_THREAD_CONTEXT_H
#define ARCH_THREAD_CONTEXT_H

#include <abi/dispatcher.h>
#include <abi/types.h>

#define CONTEXT_SP 96
#define CONTEXT_TPIDR 104
#define CONTEXT_RESULT 112

/* Of struct thread_head and struct dispatcher (threads/dispatcher.h), for upcall_message. */
#define THREAD_STATE 120
#define THREAD_STATE_BLOCKED_FREELY 2
#define DISPATCHER_CURRENT 0
#define DISPATCHER_FP_OWNER 8
#define DISPATCHER_READY 16

#ifndef __ASSEMBLER__
struct context {
    uint64_t x19_x30[12];
    uint64_t sp;
    uint64_t tpidr;
    uint64_t result; /* what context_switch() and context_send() return when it is loaded again */
};

/* Both FP areas: d8-d15 (64 bytes), or q0-q31, FPCR, FPSR. */
struct fp_context {
    uint64_t d8_d15[8];
};
struct fp_registers {
    uint8_t q[32][16];
    uint64_t fpcr, fpsr;
};

struct context_result {
    uint64_t value;   /* context.result, or the system call's error */
    uint64_t resumed; /* 0: context_send() failed and never left; still disabled */
};

/* Disabled: save this thread in `from` and go on in next() on the upcall stack. Returns, enabled, when `from` is loaded. */
struct context_result context_switch(struct context *from, void (*next)(void));
/* Disabled: the same, but send and block in one system call (SYS_LMP): w has eight readable words, `call` is LMP_CALL(). */
struct context_result context_send(struct context *from, const uint64_t *w, uint64_t call, uint64_t endpoint,
                                   uint64_t cap, uint64_t deadline);
/* Disabled: continue the saved thread, enabled. */
_Noreturn void context_load(const struct context *to);
/* Disabled: as context_load for a thread whose registers are in the dispatcher frame's `enabled`. */
_Noreturn void context_resume_interrupted(void);
/* Disabled, on any stack: return from the leaf function that `regs` was interrupted in, with regs->x[0]. */
_Noreturn void context_return_disabled(const struct regs *regs);
/* Disabled, from a thread's stack or the upcall stack: start afresh on the upcall stack. */
_Noreturn void context_enter_upcall_stack(void (*next)(void));
/* Where a new thread starts (context.x19_x30[11]): calls x19(x20), which never returns. */
void context_start(void);

/* Not memcpy(): that may use FP registers, which are an interrupted thread's. */
void regs_copy(struct regs *to, const struct regs *from);

void fp_save(struct fp_context *area);
void fp_load(const struct fp_context *area);
void fp_save_all(struct fp_registers *area);
void fp_load_all(const struct fp_registers *area);

/*
 * The entry for messages (dispatcher_frame.entry_message): stores one in dispatcher_incoming and calls dispatcher_messages[ring]. The thread
 * that it returns runs at once if it may, else by dispatcher_run_later().
 */
void upcall_message(void);
#endif
#endif
