/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: a message, a backtrace, who was running; then the machine halts. Never returns. */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

void kernel_panic(const char *format, ...) __attribute__((noreturn, cold, format(printf, 1, 2)));

/* This core does nothing any more. */
void kernel_halt(void) __attribute__((noreturn));

#endif
