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

static void log_number(uint64_t value, unsigned base, int width, char pad, bool negative)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative) {
        log_char('-');
    }
    for (int i = n; i < width; i++) {
        log_char(pad);
    }
    while (n) {
        log_char(digits[--n]);
    }
}

static void log_string(const char *text, int width)
{
    for (; *text; text++, width--) {
        log_char(*text);
    }
    for (; width > 0; width--) {
        log_char(' ');
    }
}

/* One conversion; `f` is behind the %. Returns what follows it. */
static const char *log_convert(const char *f, va_list *args)
{
    char pad = ' ';
    int width = 0;
    bool is_long = false;
    if (*f == '0') {
        pad = '0';
    }
    for (; *f >= '0' && *f <= '9'; f++) {
        width = width * 10 + (*f - '0');
    }
    for (; *f == 'l'; f++) {
        is_long = true;
    }
    switch (*f) {
    case 's':
        log_string(va_arg(*args, const char *), width);
        break;
    case 'c':
        log_char((char)va_arg(*args, int));
        break;
    case 'd': {
        long value = is_long ? va_arg(*args, long) : va_arg(*args, int);
        log_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, pad, value < 0);
        break;
    }
    case 'u':
    case 'x':
        log_number(is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), *f == 'u' ? 10 : 16, width, pad,
                   false);
        break;
    case 'p':
        log_string("0x", 0);
        log_number((uint64_t)va_arg(*args, void *), 16, 16, '0', false);
        break;
    default:
        log_char(*f);
        break;
    }
    return f + 1;
}

static void log_format(const char *f, va_list *args)
{
    while (*f) {
        if (*f == '%') {
            f = log_convert(f + 1, args);
        } else {
            log_char(*f++);
        }
    }
}

static void log_time(void)
{
    uint64_t us = timer_us(timer_now() - timer_reset);
    log_char('[');
    log_number(us / 1000000, 10, 0, ' ', false);
    log_char('.');
    log_number(us % 1000000, 10, 6, '0', false);
    log_string("] ", 0);
}

void log_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_time();
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
