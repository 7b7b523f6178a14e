/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: formats, the ring and its reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arch/console.h>
#include <arch/timer.h>
#include <cmocka.h>
#include <kernel/log.h>

#define RING_BYTES (CONFIG_LOG_KIB * 1024)

uint64_t timer_hz = 1000000, timer_reset;
static char console[256];
static unsigned console_used;

uint64_t timer_now(void)
{
    return 1234567;
}

uint64_t timer_us(uint64_t ticks)
{
    return ticks;
}

void console_put(char c)
{
    if (console_used + 1 < sizeof(console)) {
        console[console_used++] = c;
        console[console_used] = 0;
    }
}

static void formats(void **unused)
{
    console_used = 0;
    log_line("%s|%u|%05u|%x|%016lx|%lu|%%|-", "text", 42u, 7u, 0xbeefu, 0x1234ul, UINT64_MAX);
    assert_string_equal(console, "[1.234567] text|42|00007|beef|0000000000001234|18446744073709551615|%|-\r\n");
    console_used = 0;
    log_console(false);
    log_line("quiet");
    assert_int_equal(console_used, 0);
    log_panic("loud %u", 1u);
    assert_string_equal(console, "loud 1");
}

static void ring(void **unused)
{
    char text[64];
    size_t count;
    uint64_t start = 0, end;
    for (;;) {
        uint64_t next = log_read(start, text, sizeof(text), &count);
        if (next == start) {
            break;
        }
        start = next;
    }
    log_bytes("hello", 5);
    end = log_read(start, text, sizeof(text), &count);
    assert_int_equal(count, 5);
    assert_memory_equal(text, "hello", 5);
    assert_int_equal(end, start + 5);
    assert_int_equal(log_read(end, text, sizeof(text), &count), end);
    assert_int_equal(count, 0);
    assert_int_equal(log_read(UINT64_MAX, text, sizeof(text), &count), UINT64_MAX);
    assert_int_equal(count, 0);
    for (unsigned i = 0; i < RING_BYTES; i++) {
        log_bytes(&"0123456789"[i % 10], 1);
    }
    /* What was overwritten is skipped, not made up. */
    uint64_t next = log_read(start, text, 4, &count);
    assert_int_equal(next, end + 4);
    assert_memory_equal(text, "0123", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats), cmocka_unit_test(ring)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
