/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions of EL0 other than system calls; the context of dcb_current is saved whole. Called by vectors.S. */
#include <arch/fp.h>
#include <arch/pmu.h>
#include <arch/sysreg.h>
#include <kernel/kinfo.h>
#include <kernel/leave.h>
#include <kernel/upcall.h>

/* ESR_EL1.EC (D13.2.37) */
#define EC_FP            0x07
#define EC_FETCH_ABORT   0x20
#define EC_PC_ALIGNMENT  0x22
#define EC_DATA_ABORT    0x24

struct dcb *exception_enter(struct dcb *dcb);
struct dcb *serror_enter(struct dcb *dcb);
struct dcb *interrupt_enter(struct dcb *dcb);

struct dcb *exception_enter(struct dcb *dcb)
{
    uint64_t esr = sysreg_read(esr_el1);
    unsigned class = (unsigned)(esr >> 26);
    if (class == EC_FP) {
        fp_take(dcb);
        return dcb;
    }
    bool page = class == EC_DATA_ABORT || class == EC_FETCH_ABORT;
    bool has_address = page || class == EC_PC_ALIGNMENT;
    uint64_t address = has_address ? sysreg_read(far_el1) : dcb->context.pc;
    if (upcall_fault(dcb, page ? FAULT_PAGE : FAULT_TRAP, address, esr)) {
        return dcb;
    }
    return kernel_leave();
}

/* Asynchronous: the instruction that caused it is not known, the process is. */
struct dcb *serror_enter(struct dcb *dcb)
{
    return upcall_fault(dcb, FAULT_TRAP, dcb->context.pc, sysreg_read(esr_el1)) ? dcb : kernel_leave();
}

struct dcb *interrupt_enter(struct dcb *dcb)
{
    uint64_t from = pmu_count();
    (void)dcb;
    kernel_interrupt();
    uint64_t length = pmu_count() - from;
    if (length > kinfo.irq_off_longest) {
        kinfo.irq_off_longest = length;
    }
    return kernel_leave();
}
