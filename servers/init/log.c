/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of init and its clients in the kernel's log.
 */
#include "../monitor/monitor.h"
#include "init.h"
#include <caps/caps.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>

#define LINE 320
#define CHUNK 48 /* bytes that one KERNEL_LOG_WRITE takes */

static struct mutex lock;

void log_text(const char *text)
{
    size_t left = strlen(text);
    mutex_lock(&lock);
    while (left > 0) {
        uint64_t a[7] = {left < CHUNK ? left : CHUNK};
        memcpy(&a[1], text, a[0]);
        text += a[0];
        left -= a[0];
        kernel_invoke(SLOT_KERNEL, KERNEL_LOG_WRITE, a);
    }
    mutex_unlock(&lock);
    remote_log_written();
}

static void line_write(const char *format, va_list arguments)
{
    char line[LINE];
    uint64_t us = us_from_ticks(clock_ticks() - BOOTINFO->reset_ticks);
    int n = snprintf(line, sizeof(line), "[%u.%06u] ", (unsigned)(us / 1000000), (unsigned)(us % 1000000));
    vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, arguments);
    strcat(line, "\n");
    log_text(line);
}

void log_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line_write(format, arguments);
    va_end(arguments);
}

void log_console(bool on)
{
    uint64_t a[7] = {on};
    kernel_invoke(SLOT_KERNEL, KERNEL_CONSOLE, a);
}

void halt(const char *format, ...)
{
    va_list arguments;
    log_console(true);
    va_start(arguments, format);
    line_write(format, arguments);
    va_end(arguments);
    log_line("init: halted");
    for (;;) {
        thread_sleep_until(UINT64_MAX);
    }
}
