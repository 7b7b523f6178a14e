/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions of EL0 other than system calls and the first use of FP; the context of core.current is saved whole. Called by vectors.S. */
#include <arch/pmu.h>
#include <arch/sysreg.h>
#include <kernel/kinfo.h>
#include <kernel/leave.h>
#include <kernel/upcall.h>

/* ESR_EL1.EC (D13.2.37) */
#define EC_FETCH_ABORT 0x20
#define EC_PC_ALIGNMENT 0x22
#define EC_DATA_ABORT 0x24

struct leave exception_enter(struct dcb *dcb);
struct leave serror_enter(struct dcb *dcb);
struct leave interrupt_enter(struct dcb *dcb);

static struct leave fault(struct dcb *dcb, enum fault_class what, uint64_t address, uint64_t esr)
{
    if (upcall_fault(dcb, what, address, esr)) {
        return (struct leave){dcb, LEAVE_UPCALL};
    }
    return kernel_leave();
}

struct leave exception_enter(struct dcb *dcb)
{
    uint64_t esr = sysreg_read(esr_el1);
    unsigned class = esr >> 26 & 0x3f; /* above are parts of the syndrome */
    bool page = class == EC_DATA_ABORT || class == EC_FETCH_ABORT;
    bool has_address = page || class == EC_PC_ALIGNMENT;
    uint64_t address = has_address ? sysreg_read(far_el1) : dcb->context.pc;
    return fault(dcb, page ? FAULT_PAGE : FAULT_TRAP, address, esr);
}

/* Asynchronous: the instruction that caused it is not known, the process is. */
struct leave serror_enter(struct dcb *dcb)
{
    return fault(dcb, FAULT_TRAP, dcb->context.pc, sysreg_read(esr_el1));
}

struct leave interrupt_enter(struct dcb *dcb)
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
