/* SPDX-License-Identifier: BSD-2-Clause */
/* What was typed survives term: killed at each step of each save, the successor has what was there before or after. */
#include "typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <kept/kept.h>

static unsigned steps, kill_at;
static jmp_buf killed;

void kept_step(void)
{
    if (++steps == kill_at) {
        longjmp(killed, 1);
    }
}

static void echo(void *context, const char *bytes, size_t count)
{
    (void)context;
    (void)bytes;
    (void)count;
}

static bool same(const struct discipline *a, const struct discipline *b)
{
    return a->mode == b->mode && a->length == b->length && a->ready_length == b->ready_length && a->pieces == b->pieces &&
           memcmp(a->line, b->line, a->length) == 0 && memcmp(a->ready, b->ready, a->ready_length) == 0 &&
           memcmp(a->piece, b->piece, a->pieces * sizeof a->piece[0]) == 0;
}

static void change(struct discipline *d)
{
    char data[100];
    int dice = rand() % 100;
    if (dice < 2) {
        discipline_set_mode(d, (enum discipline_mode)(rand() % 2), false);
    } else if (dice < 20 && discipline_readable(d)) {
        discipline_read(d, data, 1 + (size_t)rand() % sizeof data);
    } else {
        discipline_input(d, (uint8_t)(rand() % 8 == 0 ? '\r' : ' ' + rand() % 90));
    }
}

static void kills_at_every_step(void **state)
{
    static struct typed typed;
    static struct discipline d, before, found;
    unsigned old = 0, new = 0;
    (void)state;
    srand(1);
    d = (struct discipline){.echo = echo};
    typed_save(&typed, &d);
    for (int round = 0; round < 20000; round++) {
        before = d;
        change(&d);
        steps = 0;
        kill_at = 1 + (unsigned)rand() % 4;
        if (setjmp(killed) == 0) {
            typed_save(&typed, &d);
        }
        kill_at = 0;
        found = (struct discipline){.echo = echo};
        typed_load(&typed, &found);
        assert_true(same(&found, &before) || same(&found, &d));
        if (same(&found, &d)) {
            new ++;
        } else {
            old++;
        }
        typed_save(&typed, &d);
    }
    assert_true(old > 1000 && new > 1000);
}

static void noise_is_refused(void **state)
{
    static struct typed typed;
    static struct discipline found;
    (void)state;
    srand(2);
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof typed.copy[0].piece + 24; i++) {
            ((char *)&typed)[i] = (char)(rand() % 4 == 0 ? rand() : 0);
            ((char *)&typed.copy[1])[i] = (char)(rand() % 4 == 0 ? rand() : 0);
        }
        found = (struct discipline){.echo = echo};
        typed_load(&typed, &found);
        for (int i = 0; i < 20; i++) {
            change(&found);
        }
        assert_true(found.length < sizeof found.line && found.ready_length <= sizeof found.ready);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_at_every_step),
        cmocka_unit_test(noise_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
