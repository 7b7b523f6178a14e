/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: numbers, operations, registers.
 *
 * `svc #0` with
 *   x8   bits 0-7 the system call (SYS_*), bits 8-31 its operation and flags as
 *        given below; every bit that is not named must be 0 (ERR_SYSCALL)
 *   x9   cptr of the invoked capability (SYS_INVOKE, SYS_LMP)
 *   x0-x7  arguments; a call ignores the registers that it does not name
 * and back: x0 an err_t, x1-x4 results where named. x1-x18 are otherwise
 * undefined but never hold anything of the kernel's or of another process;
 * x19-x30, sp, TPIDR_EL0 and the FP/SIMD registers are kept.
 *
 * A call that returns an error has changed nothing. No call runs for more than
 * 10,000 instructions; longer work answers ERR_AGAIN (call again with the
 * same arguments) or ERR_RETRY_THROUGH_MONITOR (the monitor has an invocation
 * of its own that does it in steps).
 */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

/* x8, bits 0-7 */
#define SYS_YIELD 0  /* give up the time slice to others of the same priority */
#define SYS_BLOCK 1  /* x0: deadline; sleep until an upcall (disabled only) */
#define SYS_RESUME 2 /* run what the enabled save area holds (disabled only) */
#define SYS_CAP 3    /* capability operation CAP_*, in bits 8-15 */
#define SYS_INVOKE 4 /* invocation of the capability x9; operation in bits 8-15 */
#define SYS_LMP 5    /* send a message to the endpoint x9; see below */
#define SYS_COUNT 6

#define SYS_OP(sys, op) ((sys) | ((op) << 8))

/*
 * Deadlines are absolute values of CNTVCT_EL0 (which EL0 may read); 0: none.
 *
 * SYS_BLOCK sleeps until something is pending, then the run upcall comes (or
 * the message upcall); also when the deadline has passed. If
 * dispatcher_frame.pending is not 0 the run upcall comes at once. The registers
 * of the caller are not saved: whoever calls it has saved what it needs.
 *
 * SYS_RESUME clears dispatcher_frame.disabled and .enabled_saved and continues
 * from dispatcher_frame.enabled (program counter and PSTATE sanitised).
 */

/*
 * SYS_LMP: x8 = SYS_LMP | words << 8 | flags << 16
 *   words  0-8, the message's words in x0-x7; words above are not sent
 *   x9     cptr of the endpoint
 *   x10    capref of a capability to send along (a copy of it), 0: none
 *   x11    deadline, only with LMP_BLOCK
 * LMP_BLOCK   (the caller must be disabled) once the message is delivered, block
 *             as SYS_BLOCK does: does not return. If the message could not be
 *             delivered it returns the error instead.
 * LMP_WAKE    if it fails with ERR_LMP_FULL or ERR_LMP_SLOT: remember the caller
 *             once; as soon as the receiver has made room, .pending of the caller
 *             is set and it is made runnable.
 */
#define LMP_WORDS 8
#define LMP_BLOCK 1
#define LMP_WAKE 2
#define LMP_CALL(words, flags) (SYS_LMP | ((words) << 8) | ((flags) << 16))

/*
 * SYS_CAP: capability operations. Slots are caprefs (abi/types.h).
 */
#define CAP_COPY 0   /* x0 dst, x1 src, x2 rights kept (mask) */
#define CAP_MINT 1   /* x0 dst, x1 src, x2 rights kept, x3 badge or limit, x4 flags (MINT_*) */
#define CAP_MOVE 2   /* x0 dst, x1 src */
#define CAP_DELETE 3 /* x0 slot; ERR_AGAIN (rare): call again */
#define CAP_REVOKE                                                                                                     \
    4 /* x0 slot: delete all its copies and descendants, keep it. At once if that is little (up to some 64
                          copies or 20 objects, none a CNode or dispatcher), else ERR_RETRY_THROUGH_MONITOR */
#define CAP_RETYPE 5   /* x0 first dst, x1 src, x2 offset, x3 type, x4 bytes of one object, x5 count */
#define CAP_IDENTIFY 6 /* x0 slot -> x1 type | rights << 8 | flags << 16, x2 base, x3 bytes, x4 badge */
#define CAP_CLEAR 7    /* x0 slot: clear an unclean object; ERR_AGAIN until it is done */
#define CAP_SPLIT 8    /* x0 dst, x1 src (RAM, the only capability of its block), x2 offset: src keeps [0,offset) */
#define CAP_OP_COUNT 9

/*
 * CAP_COPY of an Endpoint, CNode, Dispatcher, RAM, Frame, DevFrame, DmaFrame, IRQ, ID, L0 VNode is allowed;
 * a VNode below the root and a Mapping have exactly one capability each.
 *
 * CAP_MINT: an Endpoint without a badge gets x3 as its badge (64 bits) and, by flags,
 * the ring it delivers to; a Dispatcher gets x3 as the highest priority (lowest number) that
 * it may set. Everything else: x3 and x4 must be 0.
 *
 * CAP_RETYPE: makes `count` (1-64) objects of `bytes` each from src + offset, in
 * consecutive slots of one L2CNode (dst must not run past its end) or of an L1CNode
 * (dst with CPTR_L1). Fails with ERR_REVOKE_FIRST if a descendant overlaps the
 * range. Memory is cleared here if all objects together are at most 64 KiB, else the
 * objects are born unclean and CAP_CLEAR finishes them. `bytes` is ignored (0) for
 * types of fixed size.
 *
 * CAP_IDENTIFY tells the base only of DmaFrame, DevFrame, Irq, Id and Doorbell (else 0), and the
 * badge of an Endpoint only through the receiver's own unbadged one's holder (KERNEL_IDENTIFY
 * tells all).
 */
#define IDENTIFY_UNCLEAN (1 << 16)

#define MINT_RING(n) (n) /* bits 0-2: ring of the receiver, 0-7 */
#define MINT_RING_MASK 7
#define MINT_HANGUP (1 << 3) /* when the last copy with this badge is gone, set signal bit (badge & 1023) */

/*
 * SYS_INVOKE operations, by the type of the capability.
 */

/* Arena: mem's right to create RAM in a range that no capability names. */
#define ARENA_ALLOC 0 /* x0 dst, x1 base, x2 bytes (pages): a new block, one RAM capability for all of it */

/*
 * VNode. Entry numbers are 0-511 (a root's user half). Attributes are MAP_*, MAP_READ always among them; never more than
 * the frame's rights. One call maps at most 64 entries, at most 64 KiB if they are executable; an entry of a VNode2 is
 * 2 MiB, of a VNode1 1 GiB. A table below the root is mapped at one virtual address in its life (again at another:
 * ERR_VNODE_MAPPED), if it had one: put into a table that itself is not mapped yet it may go anywhere later, at the
 * price of invalidating the whole TLB whenever something in it changes.
 */
#define VNODE_MAP 0       /* x0 frame, x1 byte offset, x2 first entry, x3 count, x4 attributes, x5 dst of the Mapping */
#define VNODE_MAP_TABLE 1 /* x0 VNode one level down, x2 entry, x5 dst of the Mapping */
#define VNODE_MAP_RAM                                                                                                  \
    2                   /* x0 RAM, x1 byte offset, x2 first entry, x3 count (1-16), x4 attributes, x5 dst:
                             take pages of RAM, clear them and map them, in one call (L3 only) */
#define VNODE_UNMAP 3   /* x0 Mapping in this VNode: clear its entries, invalidate, delete the Mapping */
#define VNODE_PROTECT 4 /* x0 Mapping in this VNode, x1 first page in it, x2 count, x4 attributes */
#define VNODE_SPLIT                                                                                                    \
    5 /* x0 Mapping in this VNode, x1 first page of the second half, x5 dst: what it maps
                                    stays mapped, by two Mappings */
#define VNODE_BREAK                                                                                                    \
    6 /* x0 Mapping in this VNode of one block (2 MiB, 1 GiB), x1 an empty VNode one level down that is mapped nowhere,
                            x5 dst of its Mapping: the VNode takes the block's place, its 512 entries map what the
                            block did, and x0 becomes their Mapping. No access in between fails */
#define VNODE_MAP_MAX 64         /* entries that one VNODE_MAP may write, */
#define VNODE_MAP_EXECUTE_MAX 16 /* if executable: the instruction cache is synchronised for each */

#define MAP_READ 1
#define MAP_WRITE 2
#define MAP_EXECUTE 4

/* Dispatcher */
#define DISP_CONFIGURE                                                                                                 \
    0 /* x0 L1CNode, x1 L0 VNode, x2 Frame (dispatcher frame), x3 Endpoint (supervisor, 0: none); 0 keeps */
#define DISP_RESUME 1 /* make runnable (new or paused) */
#define DISP_PAUSE 2  /* take off the processor until DISP_RESUME */
#define DISP_STOP 3   /* x0 exit code: ends for good (EXIT_KILLED); its supervisor is signalled */
#define DISP_EXIT 4   /* x0 exit code: as DISP_STOP, of itself (EXIT_NORMAL) */
#define DISP_PRIORITY                                                                                                  \
    5 /* x0 priority, 0 (highest) to 7; not above what the capability allows, nor above the one
                            that the caller itself started with */
#define DISP_RING                                                                                                      \
    6                  /* x0 ring 0-7, x1 byte offset in the dispatcher frame, x2 slots (power of two, 4-1024; 0: off),
                            x3 cptr (in the dispatcher's own CSpace) of the first of `slots` receive slots, 0: takes no capabilities */
#define DISP_READ 7    /* x0 what (DISP_READ_*) -> x1-x4 */
#define DISP_FAULTED 8 /* x0 exit code: as DISP_EXIT, but EXIT_FAULT: a report is in the dispatcher frame */

#define DISP_READ_STATE 0  /* -> x1 DISP_STATE_*, x2 EXIT_*, x3 exit code, x4 priority */
#define DISP_READ_FAULT 1  /* -> x1 address, x2 ESR, x3 pc, x4 0 (of the last fault that the kernel stopped it for) */
#define DISP_READ_USAGE 2  /* -> x1 ticks on the processor, x2 dispatches, x3 system calls, x4 upcalls */
#define DISP_READ_REGS 3   /* x1 first register (0-34 as in struct regs) -> x1-x4; only when stopped or paused */
#define DISP_READ_NUMBER 4 /* -> x1 its number in KERNEL_DUMP and KINFO_WAKE */

#define DISP_STATE_NEW 0
#define DISP_STATE_READY 1
#define DISP_STATE_BLOCKED 2
#define DISP_STATE_PAUSED 3
#define DISP_STATE_STOPPED 4

#define EXIT_NONE 0   /* has not ended */
#define EXIT_NORMAL 1 /* DISP_EXIT */
#define EXIT_KILLED 2 /* DISP_STOP */
#define EXIT_FAULT 3  /* DISP_FAULTED: handled its own fault and gave up, with a report */
#define EXIT_DOUBLE 4 /* faulted while its fault handler ran */
#define EXIT_LOST 5   /* lost its CSpace, VSpace, dispatcher frame or itself */

/* Irq: made by CAP_RETYPE from an Irq range (offset, count in interrupt numbers; bytes = 1) */
#define IRQ_BIND 0 /* x0 Endpoint (unbadged or badged): the interrupt sets signal bit (badge & 1023) there; 0: unbind */
#define IRQ_ACK 1  /* deactivate: it may come again */

/*
 * Doorbell: made by CAP_RETYPE from a Doorbell range (offset = DOORBELL(core, id) - base of the range, bytes = 1, count 1).
 * SLOT_DOORBELLS of init on each core covers all of them. Doorbells never leave their core: each core's monitor makes those
 * that its own clients ring.
 *
 * A bell is rung on any core and heard on its own: by the dispatcher that bound it there, as a signal bit. Ringing never fails
 * for want of room and never waits; rings that come before the receiver has looked are one. Rings are not lost: who rings
 * after a write is heard after that write is visible to the receiver. A bell that nobody has bound rings unheard (bind first,
 * then tell the sender).
 */
#define DOORBELL_IDS 1024 /* per core */
#define DOORBELL(core, id) ((uint64_t)(core)*DOORBELL_IDS + (id))
#define DOORBELL_RING 0 /* ERR_NOT_FOUND: there is no such core, or it is not up */
#define DOORBELL_BIND                                                                                                  \
    1 /* x0 Endpoint (of any dispatcher of this core): sets its signal bit (badge & 1023); 0: unbind. ERR_ARGUMENT: a
                         bell of another core; ERR_IRQ_BOUND: bound already */

/* Kernel: what the monitor may and nobody else */
#define KERNEL_LOG_WRITE 0   /* x0 bytes (1-48) in x1-x6: append to the kernel's log */
#define KERNEL_LOG_READ 1    /* x0 offset -> x1 offset of what follows, x2-x4 24 bytes, x5 how many are valid */
#define KERNEL_BIND 2        /* x0 badged Endpoint: signalled when there are zombies to reap or freed blocks to drain */
#define KERNEL_REAP 3        /* x0 1-64: how much of one call's work to do -> ERR_AGAIN while zombies are left */
#define KERNEL_DRAIN 4       /* -> x1 base, x2 bytes of one freed block (0: none), x3 1 if more wait */
#define KERNEL_REVOKE_STEP 5 /* x0 Dispatcher on whose behalf, x1 capref in its CSpace -> ERR_AGAIN until done */
#define KERNEL_IDENTIFY                                                                                                \
    6 /* x0 Dispatcher or L1CNode (cptr, 0: own), x1 cptr in it -> as CAP_IDENTIFY, with base and badge; of an Endpoint x5 as below */
/* How many messages were sent through it (modulo 2^32), the ring of the receiver that they go to, the ring's slots, those with messages. */
#define IDENTIFY_TRAFFIC(sent, ring, slots, filled)                                                                    \
    (((sent)&0xffffffff) | (uint64_t)(ring) << 32 | (uint64_t)(slots) << 36 | (uint64_t)(filled) << 48)
#define TRAFFIC_SENT(x) ((x)&0xffffffff)
#define TRAFFIC_RING(x) ((x) >> 32 & 7)
#define TRAFFIC_SLOTS(x) ((x) >> 36 & 0xfff)
#define TRAFFIC_FILLED(x) ((x) >> 48 & 0xfff)
#define KERNEL_INFO 7    /* x0 KINFO_* -> x1-x4 */
#define KERNEL_CONSOLE 8 /* x0 0: kernel messages only into the log (and panics out), 1: out as well */
#define KERNEL_POWER 9   /* x0 0: off, 1: reset; does not return if the firmware obeys */
#define KERNEL_DUMP 10   /* print every dispatcher's state to console and log */
/* Another core: a KCB of whole 2 MiB, aligned so, that the image fits into. */
#define KERNEL_CORE_LOAD 11 /* x0 KCB: copy a part of this kernel's image there; ERR_AGAIN until all is there */
#define KERNEL_CORE_START                                                                                              \
    12 /* x0 KCB, x1 RAM (the only capability of its block; it will be all that the core has, and is gone here),
                       x2 core, x3 its MPIDR, x4 Frame for SLOT_URPC -> x1 base, x2 bytes of the KCB. ERR_EXISTS: there is
                       such a core already; ERR_DEVICE: the firmware refuses, nothing has changed */
#define KERNEL_CORE_ABANDON 13 /* x0 core that has not come up: it never will. ERR_BUSY: it has. Its KCB stays used */
#define KERNEL_CORE_PEER 14    /* x0 core that has come up, x1 base, x2 bytes of its KCB: it can be rung from here */
#define KERNEL_FRAME                                                                                                   \
    15 /* x0 dst, x1 base, x2 bytes: a Frame of memory that is another core's, or one more copy of it. It belongs to no block: whoever keeps
                          the memory there must be told when it is gone here (CAP_REVOKE through any copy makes it so) */

/*
 * Blocks that several cores hold capabilities in. What each does is said in servers/monitor/caps/kernel.h, under the same name. Capabilities
 * by value: type | rights << 8, base, bytes, block's base, block's bytes. A source: Dispatcher (0: own), capref, generation.
 */
#define KERNEL_SHARED_LOOK 16      /* x0 Dispatcher, x1 capref -> x1-x5 by value, generation in bits 32-63 of x1 */
#define KERNEL_SHARED_HOLD 17      /* x0-x2 source, x3 SHARED_TO_LEAVE, SHARED_FENCE */
#define KERNEL_SHARED_INSTALL 18   /* x0 dst (own), x1-x5 by value -> x1 1: the block has a BlockState */
#define KERNEL_SHARED_CONFLICTS 19 /* x0-x4 by value, x5 low, x6 bytes -> x1 1: there are */
#define KERNEL_SHARED_RETYPE                                                                                           \
    20 /* x0 Dispatcher, x1 generation, then a CAP_RETYPE: x2 dst, x3 src, x4 offset, x5 type | count << 32, x6 bytes */
#define KERNEL_SHARED_FENCE 21 /* x0 block. ERR_NOT_FOUND: no BlockState */
#define KERNEL_SHARED_SWEEP                                                                                            \
    22 /* x0-x4 by value, x0 also generation << 32 of what is kept (0: nothing), x5 Dispatcher, x6 capref of that -> ERR_AGAIN */
#define KERNEL_SHARED_SETTLE 23 /* x0 block, x1 alone -> x1 SHARED_*, x2 block's bytes */
#define KERNEL_SHARED_DROP 24   /* x0-x2 source */
#define KERNEL_SHARED_VACANT 25 /* -> x1 block, x2 bytes (0: none) */
/* All capabilities of a range of memory of which no block is partly in it; see kernel/include/kernel/holders.h. */
#define KERNEL_HOLDERS 26 /* x0 base, x1 end, x2 address of a slot or 0 -> x1-x5 addresses of the slots after it */
#define KERNEL_END 27     /* x0 base, x1 end: delete them -> ERR_AGAIN until done, x1 base of what is left */
#define SHARED_TO_LEAVE 1
#define SHARED_FENCE 2
#define SHARED_NONE 0
#define SHARED_KEPT 1
#define SHARED_EXCLUSIVE 2
#define SHARED_GONE 3

#define KINFO_MDB                                                                                                      \
    0 /* -> x1 hash over all capabilities (order-independent of slot addresses' history), x2 nodes, x3 capabilities */
#define KINFO_COUNTS 1 /* -> x1 system calls, x2 refused calls, x3 interrupts, x4 dispatches */
#define KINFO_IRQ_OFF                                                                                                  \
    2 /* -> x1 longest stretch with interrupts off, in instructions if CONFIG_BENCH, else ticks; reading resets */
#define KINFO_IDLE                                                                                                     \
    3 /* -> x1 idle ticks, x2 ticks since reset, x3 instructions at kernel entry, x4 instructions at the first user instruction (CONFIG_BENCH) */
#define KINFO_MEMORY 4 /* -> x1 bytes of RAM in all, x2 bytes the kernel keeps, x3 bytes in freed queue */
#define KINFO_WAKE                                                                                                     \
    5 /* | n << 8: the nth wake-up of the sleeping core, counted from 0; the last KINFO_WAKES are known -> x1 CNTVCT, x2 the interrupt (a
         timer's, 0: a doorbell; 1023: none), x3 the dispatcher that runs then (its number; 0: none), x4 how many there were */
#define KINFO_WAKES 64

#endif
