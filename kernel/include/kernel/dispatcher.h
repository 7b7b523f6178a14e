/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher control block: one process on one core, exactly 4 KiB of memory that
 * user space gave by retyping RAM. Everything the kernel knows of a process is in here,
 * and nothing of it is visible to the process: what they share is the dispatcher frame,
 * reached through the direct map as `frame`, each word of it read once and believed
 * only as far as it harms its owner.
 *
 * The capability slots embedded in it take part in the MDB like any other. Losing
 * `cspace`, `vspace` or `frame_cap` stops the dispatcher at once (dispatcher_slot_lost).
 */
#ifndef KERNEL_DISPATCHER_H
#define KERNEL_DISPATCHER_H

#include <abi/dispatcher.h>
#include <abi/syscall.h>
#include <abi/types.h>
#include <kernel/cap.h>
#include <kernel/core.h>
#include <kernel/heap.h>
#include <kernel/list.h>
#include <stdbool.h>

/* How the kernel comes back to a dispatcher the next time it gets the processor. */
enum dcb_resume {
    RESUME_CONTEXT, /* all registers from `context` as they are (interrupted, a call that returns, a message) */
    RESUME_UPCALL,  /* the run upcall: nothing of it is saved (it blocked) */
};

/* FP/SIMD registers, switched only when somebody else uses them (arch/aarch64/kernel/fp.c). */
struct fp_area {
    uint8_t q[32][16];
    uint64_t fpcr;
    uint64_t fpsr;
};

/* One ring of the dispatcher frame. The kernel's own head is the one that counts. */
struct lmp_ring {
    uint32_t head;  /* messages ever delivered */
    uint32_t slots; /* power of two; 0: off */
    uint32_t offset;
    cptr_t receive; /* first receive slot, in the dispatcher's own CSpace; 0: takes no capabilities */
};

/* One place where a dispatcher waits for room in another's ring (LMP_WAKE). */
struct lmp_wait {
    struct list link; /* in the receiver's `waiters`, or in the list of those to be woken */
    struct dcb *waiter;
    struct dcb *receiver; /* 0: not waiting */
};
#define DCB_WAITS 4

struct dcb {
    /* Registers while it does not run; while it runs, SP_EL1 points here and exception entry saves here. */
    struct regs context;

    /* Hot: what every switch and message reads. */
    struct dispatcher_frame *frame; /* direct map; 0: lost */
    uint64_t translation;           /* root table and ASID, what mmu_user_load() loads; 0: lost */
    uint64_t asid_generation;       /* of that ASID (mmu.c); 0: it has none yet */
    uint8_t state;                  /* DISP_STATE_* */
    uint8_t resume;                 /* enum dcb_resume, while it does not run */
    uint8_t priority;               /* 0 (highest) to 7 */
    uint8_t queued;                 /* is in its priority's ready queue */
    uint8_t exit_kind;              /* EXIT_* */
    uint8_t paused_from;            /* state before DISP_PAUSE: READY or BLOCKED */
    uint8_t limit;                  /* the priority that it started with: it gives nobody a higher one */
    bool has_waiters;               /* `waiters` may have elements */
    uint32_t frame_bytes;
    uint32_t exit_code;
    uint64_t slice_end;       /* CNTVCT at which its time slice is used up; 0: gets a fresh one */
    uint64_t deadline;        /* CNTVCT at which it is woken; 0: none */
    struct list ready;        /* in the ready queue of its priority */
    struct heap_node timeout; /* in the deadline heap if deadline != 0 and it is blocked */
    struct list waiters;      /* struct lmp_wait of those that found a ring of ours full */
    struct lmp_ring ring[DISP_RINGS];

    /* Accounting. */
    uint64_t ticks;    /* on the processor, until the last time it lost it */
    uint64_t messages; /* message upcalls straight from the sender: each is a dispatch and an upcall, not counted below */
    uint64_t dispatches;
    uint64_t syscalls;
    uint64_t upcalls;

    /* The last fault that the kernel stopped it for. */
    uint64_t fault_address;
    uint64_t fault_esr;
    uint64_t fault_pc;

    /* Cold. */
    struct list all;    /* in the list of all dispatchers (KERNEL_DUMP) */
    uint64_t number;    /* counts up from 1 as dispatchers are created: its name in dumps */
    uint16_t irq_first; /* interrupts bound to it, a list in irq.c (IRQ_NONE: none) */
    uint8_t fp_used;    /* has live FP/SIMD state (in `fp` or in the registers) */
    uint8_t wait_rings; /* bit r: a waiter found ring r full */
    uint8_t wait_slots; /* bit r: a waiter found no slot for its capability in ring r */
    uint8_t wait_crowd; /* some of those that have no place left found it without room */
    uint8_t reserved3[2];
    struct lmp_wait waits[DCB_WAITS + 1]; /* the last one: for all that there is no place for */

    /* Capabilities that it holds by itself; struct slot is 128 bytes. */
    struct slot cspace __attribute__((aligned(128)));
    struct slot vspace;
    struct slot frame_cap;
    struct slot supervisor;
    struct slot zombie; /* the dispatcher's own capability, once it is a zombie */

    struct fp_area fp __attribute__((aligned(16)));
} __attribute__((aligned(DISPATCHER_BYTES)));

_Static_assert(sizeof(struct dcb) == DISPATCHER_BYTES, "a DCB is one page");
_Static_assert(__builtin_offsetof(struct dcb, context) == 0, "vectors.S saves at SP_EL1");

/* This core. */
extern coreid_t kernel_core;

/*
 * Life of the object, called by the capability code:
 * dispatcher_create: `dcb` is cleared memory that has just become a Dispatcher.
 * dispatcher_slot_lost: the capability in one of its embedded slots is gone (the slot may be Null
 *   already); stops it (EXIT_LOST) unless it was `supervisor`.
 * dispatcher_orphaned: the last Dispatcher capability is gone: it stops (EXIT_LOST) and never runs again.
 * dispatcher_destroy: its embedded slots are empty, and nothing names it: takes it out of every list.
 */
void dispatcher_create(struct dcb *dcb);
void dispatcher_slot_lost(struct dcb *dcb, struct slot *slot);
void dispatcher_orphaned(struct dcb *dcb);
void dispatcher_destroy(struct dcb *dcb);

/* End it for good: out of the scheduler, its supervisor signalled. Harmless if it has ended. */
void dispatcher_stop(struct dcb *dcb, uint8_t exit_kind, uint32_t exit_code);

/*
 * Set signal bit `bit` (0-1023) in the dispatcher's frame and .pending, and make it runnable if it is
 * blocked. Never fails; a dispatcher that has ended or lost its frame is not told.
 */
void dispatcher_signal(struct dcb *dcb, unsigned bit);

/* Set .pending and make it runnable if it is blocked: it has a reason to look around. */
void dispatcher_notify(struct dcb *dcb);

/* Signal through an Endpoint capability: bit = badge & 1023 of its dispatcher. Nothing if it is not an Endpoint. */
void endpoint_signal(const struct cap *endpoint);

/* SYS_INVOKE on a Dispatcher capability: op is DISP_*, x[0..7] arguments in, x[1..4] results out. */
err_t dispatcher_invoke(const struct cap *cap, unsigned op, uint64_t *x);

/* Of all dispatchers that there ever were: system calls, and messages that went straight from sender to receiver. */
void dispatcher_totals(uint64_t *syscalls, uint64_t *messages);

/* KERNEL_DUMP: every dispatcher's state to console and log. */
void dispatcher_dump_all(void);

#endif
