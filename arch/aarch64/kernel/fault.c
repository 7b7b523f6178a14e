/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bugs of the kernel: an exception in the kernel or a failed assertion. Prints what happened, registers, a
 * backtrace that scripts/symbolise.py puts names to, and who was running; then all cores halt. Trusts as little as possible: it reads
 * the kernel's own stack and text only.
 */
#include <arch/layout.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/peers.h>

#define VECTORS_BYTES 0x800 /* with which the image begins */

extern char kernel_stack[], kernel_stack_top[], image_start[], image_rodata[];
void kernel_fault(unsigned kind, const struct regs *regs) __attribute__((noreturn));

static bool panicking;

void kernel_halt(void)
{
    for (;;) {
        __asm__ volatile("msr daifset, #0xf\n\twfi");
    }
}

/* Is there a call (BL or BLR, C6.2) at this address? */
static bool is_call(uint64_t pc)
{
    if (pc < (uint64_t)image_start || pc >= (uint64_t)image_rodata || pc & 3) {
        return false;
    }
    uint32_t instruction = *(const uint32_t *)pc;
    return instruction >> 26 == 0x25 || (instruction & 0xfffffc1f) == 0xd63f0000;
}

/*
 * Frames do not link to each other, that would cost every call an instruction: what is on the stack and follows a call is
 * taken for a return address. A word that a frame has not written yet may be an old one: so one too many may be shown, but
 * never one too few.
 */
static void backtrace(uint64_t pc, uint64_t link, uint64_t sp)
{
    unsigned depth = 0;
    log_panic("#0 0x%016lx\n", pc);
    for (uint64_t last = pc; depth < 24; sp += 8) {
        pc = link - 4;
        if (is_call(pc) && pc != last) {
            log_panic("#%u 0x%016lx\n", ++depth, pc);
            last = pc;
            if (pc < (uint64_t)image_start + VECTORS_BYTES) {
                return; /* where the kernel was entered */
            }
        }
        if (sp < (uint64_t)kernel_stack || sp >= (uint64_t)kernel_stack_top || sp & 7) {
            return;
        }
        link = *(const uint64_t *)sp;
    }
}

static void __attribute__((noreturn)) epilogue(uint64_t pc, uint64_t link, uint64_t sp)
{
    const struct dcb *dcb = core.current;
    backtrace(pc, link, sp);
    if (dcb) {
        log_panic("running: dispatcher %lu at 0x%lx, pc 0x%lx, call 0x%lx\n", dcb->number, (uint64_t)dcb,
                  dcb->context.pc, dcb->context.x[8]);
    } else {
        log_panic("running: nobody\n");
    }
    log_panic("halted\n");
    kernel_halt();
}

void kernel_fault(unsigned kind, const struct regs *regs)
{
    static const char *const kinds[] = {"exception", "interrupt", "fast interrupt", "system error"};
    if (panicking) {
        log_panic("\nfault while reporting, pc 0x%lx\n", regs->pc);
        kernel_halt();
    }
    panicking = true;
    peers_halt();
    log_panic("\nkernel fault: %s, ESR 0x%lx, FAR 0x%lx, pc 0x%lx, sp 0x%lx, pstate 0x%lx\n", kinds[kind & 3],
              sysreg_read(esr_el1), sysreg_read(far_el1), regs->pc, regs->sp, regs->pstate);
    for (unsigned i = 0; i < 31; i++) {
        log_panic("x%u 0x%016lx%s", i, regs->x[i], i % 4 == 3 || i == 30 ? "\n" : " ");
    }
    epilogue(regs->pc, regs->x[30], regs->sp);
}

void kernel_panic(const char *format, ...)
{
    if (panicking) {
        kernel_halt();
    }
    panicking = true;
    peers_halt();
    va_list args;
    va_start(args, format);
    log_panic("\npanic: ");
    log_vpanic(format, &args);
    log_panic("\n");
    epilogue((uint64_t)__builtin_return_address(0) - 4, 0, (uint64_t)__builtin_frame_address(0));
}
