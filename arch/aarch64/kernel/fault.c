/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bugs of the kernel: an exception in the kernel or a failed assertion. Prints what happened, registers, a
 * backtrace that scripts/symbolise.py puts names to, and who was running; then all cores halt. Trusts as little as possible: it walks
 * frames on the kernel's own stacks only.
 */
#include <arch/layout.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/peers.h>

extern char kernel_stack[], kernel_stack_top[], image_start[], image_rodata[];
void kernel_fault(unsigned kind, const struct regs *regs) __attribute__((noreturn));

static bool panicking;

void kernel_halt(void)
{
    for (;;) {
        __asm__ volatile("msr daifset, #0xf\n\twfi");
    }
}

static void backtrace(uint64_t pc, uint64_t frame)
{
    for (unsigned depth = 0; depth < 16; depth++) {
        if (pc < (uint64_t)image_start || pc >= (uint64_t)image_rodata) {
            return;
        }
        log_panic("#%u 0x%016lx\n", depth, pc);
        if (frame < (uint64_t)kernel_stack || frame > (uint64_t)kernel_stack_top - 16 || frame & 15) {
            return;
        }
        pc = ((const uint64_t *)frame)[1] - 4;
        frame = ((const uint64_t *)frame)[0];
    }
}

static void __attribute__((noreturn)) epilogue(uint64_t pc, uint64_t frame)
{
    const struct dcb *dcb = core.current;
    backtrace(pc, frame);
    if (dcb) {
        log_panic("running: dispatcher %lu at %p, pc 0x%lx, call 0x%lx\n", dcb->number, (void *)dcb, dcb->context.pc,
                  dcb->context.x[8]);
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
        log_panic("x%u 0x%016lx%c", i, regs->x[i], i % 4 == 3 || i == 30 ? '\n' : ' ');
    }
    epilogue(regs->pc, regs->x[29]);
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
    epilogue((uint64_t)__builtin_return_address(0) - 4, *(const uint64_t *)__builtin_frame_address(0));
}
