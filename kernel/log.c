/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log ring, and the smallest printf that is of use. The ring keeps the last CONFIG_LOG_KIB of text;
 * offsets count all bytes ever logged, so a reader notices what it has missed.
 */
#include <arch/console.h>
#include <arch/timer.h>
#include <kernel/log.h>

#define RING_BYTES ((uint64_t)CONFIG_LOG_KIB * 1024)

static char ring[RING_BYTES];
static uint64_t written;
static bool console_on = true;
static bool console_forced; /* a panic */

static void log_char(char c)
{
    ring[written++ % RING_BYTES] = c;
    if (console_on || console_forced) {
        if (c == '\n') {
            console_put('\r');
        }
        console_put(c);
    }
}

static void log_number(uint64_t value, unsigned base, unsigned width)
{
    char digits[20];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (n < sizeof(digits) && (value || n < width));
    while (n) {
        log_char(digits[--n]);
    }
}

static void log_string(const char *text)
{
    while (*text) {
        log_char(*text++);
    }
}

static void log_format(const char *f, va_list *args)
{
    for (; *f; f++) {
        unsigned width = 0;
        bool is_long = false;
        if (*f != '%') {
            log_char(*f);
            continue;
        }
        for (f++; *f >= '0' && *f <= '9'; f++) {
            width = width * 10 + (unsigned)(*f - '0');
        }
        if (*f == 'l') {
            is_long = true;
            f++;
        }
        if (*f == 's') {
            log_string(va_arg(*args, const char *));
        } else if (*f == '%') {
            log_char('%');
        } else {
            uint64_t value = is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
            log_number(value, *f == 'u' ? 10 : 16, width);
        }
    }
}

void log_line(const char *format, ...)
{
    uint64_t us = timer_us(timer_now() - timer_reset);
    va_list args;
    va_start(args, format);
    log_char('[');
    log_number(us / 1000000, 10, 0);
    log_char('.');
    log_number(us % 1000000, 10, 6);
    log_string("] ");
    log_format(format, &args);
    log_char('\n');
    va_end(args);
}

void log_vpanic(const char *format, va_list *args)
{
    console_forced = true;
    log_format(format, args);
}

void log_panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_vpanic(format, &args);
    va_end(args);
}

void log_bytes(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        log_char(bytes[i]);
    }
}

uint64_t log_read(uint64_t offset, char *to, size_t max, size_t *count)
{
    uint64_t oldest = written > RING_BYTES ? written - RING_BYTES : 0;
    size_t n = 0;
    if (offset < oldest) {
        offset = oldest;
    }
    while (n < max && offset < written) {
        to[n++] = ring[offset++ % RING_BYTES];
    }
    *count = n;
    return offset;
}

void log_console(bool on)
{
    console_on = on;
}
