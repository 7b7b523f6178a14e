/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher frame: the memory that a process's dispatcher code and the
 * kernel share. It is a Frame (4 KiB to 64 KiB) that DISP_CONFIGURE names; the
 * kernel reaches it through its direct map only, reads each word of it once, and
 * believes nothing in it: whatever a process writes here harms only itself.
 *
 * Fields are marked K (kernel writes), U (user writes), KU (both).
 */
#ifndef ABI_DISPATCHER_H
#define ABI_DISPATCHER_H

#include <abi/types.h>

#define DISP_RINGS 8
#define DISP_SIGNALS 1024
#define DISP_FRAME_MAX 65536

#ifndef __ASSEMBLER__

/* All general registers of a thread. */
struct regs {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;
    uint64_t pstate;
    uint64_t tpidr;
    uint64_t reserved;
};

/*
 * One message in a ring. The kernel fills slot (head & (slots - 1)) and then
 * advances head; the process reads a slot and then advances tail. `cap` is the
 * cptr that the capability came into: receive slot base + (head & (slots - 1));
 * the process moves it out before it advances tail.
 */
struct lmp_slot {
    uint64_t badge;
    uint32_t words;
    cptr_t cap;
    uint64_t w[8];
};

struct lmp_ring_index {
    uint32_t head; /* K: messages ever delivered (a copy; the kernel keeps its own) */
    uint32_t tail; /* U: messages ever taken */
};

/* What proc prints about a process that gave up after a fault (DISP_FAULTED). U. */
#define FAULT_TRACE_MAX 16
struct fault_report {
    uint32_t kind; /* FAULT_KIND_* */
    uint32_t thread;
    uint64_t address;
    uint64_t esr;
    struct regs regs;
    uint32_t depth;
    uint32_t reserved;
    uint64_t trace[FAULT_TRACE_MAX]; /* return addresses, innermost first */
    char region[48];                 /* "stack guard", "read-only data", "not mapped", ... */
};
#define FAULT_KIND_READ 1
#define FAULT_KIND_WRITE 2
#define FAULT_KIND_EXECUTE 3
#define FAULT_KIND_INSTRUCTION 4 /* undefined or privileged instruction, breakpoint */
#define FAULT_KIND_ALIGNMENT 5
#define FAULT_KIND_ABORT 6 /* abort(), failed assertion */

/*
 * disabled   0 enabled: an interruption is saved in `enabled`, and the next time
 *              the dispatcher gets the processor the run upcall comes;
 *            1 disabled (dispatcher code, on upcall_sp): an interruption is kept by the kernel and
 *              continues where it was, no upcall comes (DISP_READ_REGS shows it to whoever holds the dispatcher);
 *            2 in the upcall for a fault while disabled (on fault_sp): another fault ends
 *              the process (EXIT_DOUBLE).
 * Each upcall sets it: 1 (entry_disabled_fault: 2).
 *
 * Upcalls (all with x0 = .self, sp = upcall_sp, the rest of the registers 0 unless named):
 *   entry_run      the dispatcher has the processor; .enabled_saved says whether `enabled` holds a
 *                  thread that was interrupted
 *   entry_message  a message for the blocked dispatcher: x0-x7 words, x8 badge, x9 words | ring << 8,
 *                  x10 cptr of the capability or 0, x11 = .self. Only if entry_message is not 0
 *                  and the dispatcher was blocked with nothing pending; else messages go into the ring. The
 *                  capability came into the receive slot that the ring's next message will use.
 *   entry_fault    data or instruction abort while enabled: `enabled` saved, x1 address, x2 ESR
 *   entry_trap     any other exception while enabled: `enabled` saved, x1 address, x2 ESR
 *   entry_disabled_fault  abort or other exception while disabled: context in `trap`, sp = fault_sp, x1 address, x2 ESR
 *
 * pending    the kernel sets it to 1 whenever it put something into a ring, set a signal
 *            bit, or has a reason to wake; the process sets it to 0, then looks everywhere.
 * signals    the kernel sets bits (interrupts, hang-ups of badges, doorbells) and the
 *            matching bit n/64 of signal_summary. The process clears them with an atomic exchange (the kernel runs
 *            on the same core, so ordinary single-copy atomic instructions are enough).
 */
struct dispatcher_frame {
    uint32_t disabled;      /* KU */
    uint32_t pending;       /* KU */
    uint32_t enabled_saved; /* KU */
    coreid_t core;          /* K, at DISP_CONFIGURE */
    uint64_t self;          /* U: address of this frame in the process */
    uint64_t entry_run;     /* U */
    uint64_t entry_message;
    uint64_t entry_fault;
    uint64_t entry_trap;
    uint64_t entry_disabled_fault;
    uint64_t upcall_sp;
    uint64_t fault_sp;
    uint64_t reserved[6];
    struct regs enabled;       /* KU */
    struct regs disabled_save; /* U: where a new dispatcher starts, with disabled = 1 */
    struct regs trap;          /* KU */
    struct lmp_ring_index ring[DISP_RINGS];
    uint64_t signal_summary; /* KU */
    uint64_t signals[DISP_SIGNALS / 64];
    struct fault_report fault; /* U */
    /* Rings of struct lmp_slot follow, at the offsets given to DISP_RING, from DISP_FRAME_RINGS on. */
};

#define DISP_FRAME_RINGS 2048 /* the first offset that a ring may have */
_Static_assert(sizeof(struct dispatcher_frame) <= DISP_FRAME_RINGS, "dispatcher frame grew over its rings");
_Static_assert(sizeof(struct lmp_slot) == 80, "lmp_slot");
#endif
#endif
