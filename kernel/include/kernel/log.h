/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log: a ring of text with the time since reset before each line, which
 * the monitor reads, and which goes to the early console as well while that is the
 * kernel's. Levels are per subsystem and fixed by the configuration: what is not
 * logged is not compiled.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_ERROR 1
#define LOG_WARNING 2
#define LOG_INFO 3
#define LOG_DEBUG 4

/* LOG(BOOT, INFO, "memory: %lu MiB", n): subsystems BOOT, CAP, SCHED, IRQ. */
#define LOG(subsystem, level, ...)                                                                                     \
    do {                                                                                                               \
        if (CONFIG_LOG_##subsystem >= LOG_##level) {                                                                   \
            log_line(__VA_ARGS__);                                                                                     \
        }                                                                                                              \
    } while (0)

/*
 * One line, without the newline. Formats: %s %u %x %lu %lx %%, the numbers with leading zeros
 * (%06u) or without any width.
 */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same without time and newline, straight to the console, too, whatever its state: for panics. */
void log_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* log_panic with the arguments in a list. */
void log_vpanic(const char *format, va_list *args);
/* Append bytes as they are (KERNEL_LOG_WRITE). */
void log_bytes(const char *bytes, size_t count);

/* KERNEL_LOG_READ: up to `max` bytes from `offset` (counted since boot; older than the ring holds: the oldest). Returns the
 * offset of what follows, *count how many bytes are valid. */
uint64_t log_read(uint64_t offset, char *to, size_t max, size_t *count);

/* Whether lines go to the console as well. */
void log_console(bool on);

#endif
