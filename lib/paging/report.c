/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process says about the fault that ends it. Runs in any state, on the upcall or the fault stack, so it looks at
 * nothing but the region map, the index and stack pages that are known to be mapped.
 */
#include "esr.h"
#include "vspace.h"
#include <caps/caps.h>
#include <string.h>

#define EXIT_SIGNAL 128
#define NULL_BYTES 65536 /* so far from 0, what was meant is an array or structure at 0 */
#define SIGNAL_ILL 4
#define SIGNAL_TRAP 5
#define SIGNAL_ABRT 6
#define SIGNAL_BUS 7
#define SIGNAL_SEGV 11

static uint32_t kind_of(uint64_t esr)
{
    switch (ESR_CLASS(esr)) {
    case ESR_CLASS_DATA_ABORT:
        if (ESR_FAULT_STATUS(esr) == ESR_STATUS_ALIGNMENT) return FAULT_KIND_ALIGNMENT;
        return esr & ESR_WRITE ? FAULT_KIND_WRITE : FAULT_KIND_READ;
    case ESR_CLASS_INSTRUCTION_ABORT:
        return FAULT_KIND_EXECUTE;
    case ESR_CLASS_PC_ALIGNMENT:
    case ESR_CLASS_SP_ALIGNMENT:
        return FAULT_KIND_ALIGNMENT;
    default:
        return FAULT_KIND_INSTRUCTION;
    }
}

static uint32_t signal_of(uint64_t esr, uint32_t kind)
{
    switch (kind) {
    case FAULT_KIND_READ:
    case FAULT_KIND_WRITE:
    case FAULT_KIND_EXECUTE:
        return vspace.exhausted ? SIGNAL_BUS : SIGNAL_SEGV;
    case FAULT_KIND_ALIGNMENT:
        return SIGNAL_BUS;
    default:
        return ESR_CLASS(esr) >= ESR_CLASS_BREAKPOINT ? SIGNAL_TRAP : SIGNAL_ILL;
    }
}

static const char *region_text(vaddr_t address, uint32_t kind)
{
    struct region *region = vspace.ready ? region_find(&vspace.map, address) : 0;
    if (kind == FAULT_KIND_INSTRUCTION) return "program text"; /* it was fetched: what is wrong is the instruction */
    if (address < NULL_BYTES) return "null pointer";
    if (address >= VADDR_END) return "not a user address";
    if (!region || region->kind == REGION_FREE) return "not mapped";
    if (region->kind == KIND_LAZY && vspace.exhausted && kind != FAULT_KIND_EXECUTE) {
        return vspace.exhausted == ERR_QUOTA ? "the process is out of its quota" : "the machine is out of memory";
    }
    return region->name ? region->name : region->kind == KIND_RESERVED ? "reserved" : "mapped";
}

static void text_copy(char *to, const char *from, size_t bytes)
{
    size_t length = strnlen(from, bytes - 1);
    memcpy(to, from, length);
    to[length] = 0;
}

/* May a word at `address` be read without a fault? What the kernel mapped for init is not in the map: there only the rest
 * of the page of its stack pointer counts. */
static bool is_readable(vaddr_t address, vaddr_t sp)
{
    if (address & 7) return false;
    if (page_down(address) == page_down(sp)) return true;
    struct region *region = vspace.ready ? region_find(&vspace.map, address) : 0;
    if (!region || (region->kind != KIND_LAZY && region->kind != KIND_FIXED && region->kind != KIND_FRAME))
        return false;
    return region->kind == KIND_FIXED || table_maps(address);
}

/* A frame record is {frame pointer of the caller, return address}, at x29; the stack grows down (AAPCS64, 6.4.6). */
static uint32_t backtrace(const struct regs *regs, uint64_t trace[FAULT_TRACE_MAX])
{
    uint32_t depth = 0;
    vaddr_t frame = regs->x[29];
    vaddr_t last = regs->sp - 1;
    if (regs->x[30]) trace[depth++] = regs->x[30];
    while (depth < FAULT_TRACE_MAX && frame > last && is_readable(frame, regs->sp) && is_readable(frame + 8, regs->sp)) {
        uint64_t caller = ((const uint64_t *)frame)[1];
        if (caller == 0) break;
        if (depth != 1 || caller != trace[0]) trace[depth++] = caller;
        last = frame;
        frame = *(const uint64_t *)frame;
    }
    return depth;
}

uint32_t paging_report(struct fault_report *report, const struct regs *regs, uint32_t thread, vaddr_t address, uint64_t esr)
{
    uint32_t kind = kind_of(esr);
    memset(report, 0, sizeof *report);
    report->kind = kind;
    report->thread = thread;
    report->address = address;
    report->esr = esr;
    report->regs = *regs;
    text_copy(report->region, region_text(address, kind), sizeof report->region);
    report->depth = backtrace(regs, report->trace);
    return EXIT_SIGNAL + signal_of(esr, kind);
}

/* The caller's frame record is the start of the backtrace. */
_Noreturn void paging_abort(uint32_t thread, const char *why)
{
    struct fault_report *report = &DISPATCHER_FRAME->fault;
    struct regs regs = {0};
    const uint64_t *frame = __builtin_frame_address(0);
    regs.x[29] = frame[0];
    regs.pc = frame[1];
    regs.sp = (uint64_t)frame;
    vspace_enter();
    memset(report, 0, sizeof *report);
    report->kind = FAULT_KIND_ABORT;
    report->thread = thread;
    report->regs = regs;
    text_copy(report->region, why, sizeof report->region);
    report->depth = backtrace(&regs, report->trace);
    disp_faulted(EXIT_SIGNAL + SIGNAL_ABRT);
}
