/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Self-paging: a process's own virtual address space, of which it owns the page tables.
 *
 * A map of regions says what every address is; an index finds the page table (VNode) for (level, address). Lazily backed
 * regions (heap, stacks, the end of .bss) get pages when they are first touched: the fault handler only pops
 * from a reserve (RAM and slots) and never asks anybody. A pager thread fills the reserve up again from
 * ram_source(); if the reserve is empty, only the thread that faulted waits. A process with SPAWN_FULLY_BACKED (init, mem,
 * proc, names) backs everything when it is made instead and never faults.
 *
 * All that changes the address space is thread-safe. Addresses and sizes are multiples of 4096 unless it says
 * otherwise. Attributes are MAP_*: MAP_WRITE with MAP_EXECUTE is refused (ERR_WX).
 */
#ifndef PAGING_PAGING_H
#define PAGING_PAGING_H

#include <stdbool.h>
#include <abi/dispatcher.h>
#include <abi/errors.h>
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <abi/types.h>

/*
 * Starting. crt0 calls one of them before anything else of this library is used; neither makes a system call or
 * needs more than its arguments.
 */

/* Continue the address space that `info` describes (VADDR_INFO). */
void paging_init(const struct spawn_info *info);

/*
 * init: nothing is known of what the kernel built below VADDR_DYNAMIC, and none of it will change. Everything above is
 * ours. Fully backed. ram_source_set must be called before anything is mapped.
 */
void paging_init_boot(void);

/*
 * Mapping.
 */

/* Choose an address (a multiple of `align`, 0: any) for `bytes` and map frame + offset there, by blocks of 1 GiB and 2 MiB
 * where frame and offset lie at multiples of them and it is not to be executable. `name` (not copied): for fault
 * reports. The frame's capability must stay for as long as nothing else holds its memory. */
err_t paging_map(cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, uint64_t align, const char *name,
                 vaddr_t *va);

/* The same at `va`, which must be free. ERR_REGION_BUSY. */
err_t paging_map_at(vaddr_t va, cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, const char *name);

/* From now on addresses are only chosen below `end`: those from there on are kept for paging_map_at(). 0: anywhere. */
void paging_choose_below(vaddr_t end);

/* Reserve addresses without backing; touching them is fatal ("reserved"). */
err_t paging_reserve(uint64_t bytes, uint64_t align, const char *name, vaddr_t *va);

/* Lazily backed memory, zeroed, read and write, with an unmapped guard page below it. Also in a fully backed process: there
 * paging_back is to come before the first touch. */
err_t paging_lazy(uint64_t bytes, uint64_t align, const char *name, vaddr_t *va);

/* The same for a stack: *top is its end. `backed` (or a fully backed process): all of it now. Free it with paging_unmap(top - bytes, bytes). */
err_t paging_stack(uint64_t bytes, bool backed, vaddr_t *top);

/* Back what is not yet backed of [va, va + bytes) of lazily backed regions, whole 2 MiB at multiples of it by blocks. ERR_NO_REGION, ERR_NO_MEMORY, .... */
err_t paging_back(vaddr_t va, uint64_t bytes);

/*
 * Give pages of lazily backed memory back; the addresses stay, and read 0 when they are touched again. Only whole runs
 * of pages that were backed together go; the rest stays as it is, contents included.
 */
err_t paging_discard(vaddr_t va, uint64_t bytes);

/* Change what may be done with pages of mapped or lazily backed regions, or any part of them. If the rights to a frame do not
 * allow it (ERR_CAP_RIGHTS) nothing is changed. */
err_t paging_protect(vaddr_t va, uint64_t bytes, uint32_t attributes);

/* Unmap and free addresses, whole regions or any part of them; what is beside it stays as it is. ERR_NO_REGION: some of it
 * is not in use; ERR_NO_MEMORY, ERR_QUOTA: cutting a mapping in two needs a record, cutting a block a page table; ERR_MAPPING_GONE, ERR_CAP_TYPE: cut, but its
 * frame was revoked. Then nothing is changed. */
err_t paging_unmap(vaddr_t va, uint64_t bytes);

/* What is at `va`: its region (base, bytes, attributes, name not copied). ERR_NO_REGION. */
struct paging_region {
    vaddr_t base;
    uint64_t bytes;
    uint32_t attributes;
    const char *name;
    const char *kind; /* in words */
};
err_t paging_query(vaddr_t va, struct paging_region *region);

/* The same for the first region in use that ends above `va`. */
err_t paging_next(vaddr_t va, struct paging_region *region);

/* How many bytes of [va, va + bytes) are mapped. */
uint64_t paging_backed(vaddr_t va, uint64_t bytes);

/*
 * Faults: called by the runtime's fault upcall.
 */
enum paging_verdict {
    PAGING_MAPPED, /* resume the thread */
    PAGING_PARK,   /* reserve is empty: the thread waits until struct paging_runtime's unpark */
    PAGING_FATAL,  /* paging_report says why */
};

/* Disabled, on the upcall stack. `address` and `esr` as the upcall got them. Uses little stack, never blocks. */
enum paging_verdict paging_fault(vaddr_t address, uint64_t esr);

/*
 * Fill in the whole report of a fault that ends the process: kind, address, region, registers, backtrace (frame pointers,
 * followed only while they lie in a stack's mapped pages). Returns the exit code, 128 + signal (SIGSEGV 11, SIGILL 4,
 * SIGTRAP 5, SIGBUS 7, SIGABRT 6). Works in any state: also from the upcall for faults while disabled.
 */
uint32_t paging_report(struct fault_report *report, const struct regs *regs, uint32_t thread, vaddr_t address,
                       uint64_t esr);

/* The same for abort(): kind FAULT_KIND_ABORT, `why` instead of a region; registers are the caller's. Then DISP_FAULTED. */
_Noreturn void paging_abort(uint32_t thread, const char *why);

/*
 * What paging needs of the threads above it (a floor up, therefore by a table).
 *   pager_wake    disabled, on the upcall stack: the pager's thread, whose stack is backed, is to run soon (again); the first
 *                 time it is made, and runs `main`, which never returns
 *   pager_sleep   in the pager: wait for pager_wake; returns at once if it came since the last pager_sleep
 *   unpark        in the pager: all threads that were parked after PAGING_PARK may run and fault again
 *   yield         in a thread: the turn of another one of this process, or of another process if none can run
 * A process with SPAWN_FULLY_BACKED has no pager.
 */
struct paging_runtime {
    void (*pager_wake)(int (*main)(void *));
    void (*pager_sleep)(void);
    void (*unpark)(void);
    void (*yield)(void);
};
void paging_set_runtime(const struct paging_runtime *runtime);

/* Give back to mem what is kept for the next who needs it: empty page tables, RAM of the reserve. Happens by itself when memory
 * runs out. */
void paging_trim(void);

/* Is this a process that never faults? Then paging_lazy memory must be backed by paging_back before it is touched. */
bool paging_is_fully_backed(void);

/* Figures for tests and `free`. */
struct paging_figures {
    uint64_t faults;
    uint64_t pages;         /* lazily backed pages that are mapped */
    uint64_t reserve_pages; /* RAM in the reserve */
    uint32_t regions;
    uint32_t tables;
    uint32_t refills;
    uint32_t parked; /* faults that found the reserve empty */
};
void paging_figures(struct paging_figures *figures);

/* How well the index of page tables does: tables_at[n] is set to how many tables are found at the nth look, the last of
 * `count` to how many take more. */
void paging_index_looks(uint32_t *tables_at, unsigned count);

#endif
