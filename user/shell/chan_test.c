/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels out of endpoints: both ways, several of one pair, and what is no channel. */
#include "chan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *copy(const void *list, size_t bytes)
{
    void *copied = malloc(bytes);
    memcpy(copied, list, bytes);
    return copied;
}

static void pairs(void **unused)
{
    (void)unused;
    const struct chan_process processes[] = {{.pid = 1, .dispatcher = 0x1000, .name = "server"},
                                             {.pid = 2, .dispatcher = 0x2000, .name = "client"},
                                             {.pid = 3, .dispatcher = 0x3000, .name = "other"}};
    const struct chan_endpoint endpoints[] = {
        {1, {.base = 0x2000, .ring = 0, .sent = 5, .slots = 8, .filled = 1}},  /* back, found before its channel */
        {2, {.base = 0x1000, .ring = 1, .sent = 6, .slots = 32, .filled = 2}}, /* two channels */
        {2, {.base = 0x1000, .ring = 1, .sent = 10, .slots = 32, .filled = 2}},
        {3, {.base = 0x1000, .ring = 1, .sent = 1, .slots = 32}}, /* nothing comes back */
        {3, {.base = 0x2000, .ring = 0, .sent = 9}},              /* no channel: a signal */
        {1, {.base = 0x1000, .ring = 1, .sent = 4}},              /* to itself */
        {1, {.base = 0x9000, .ring = 1, .sent = 4}},              /* to who is gone */
    };
    struct chan chan = {.processes = copy(processes, sizeof processes),
                        .process_count = 3,
                        .endpoints = copy(endpoints, sizeof endpoints),
                        .endpoint_count = sizeof endpoints / sizeof endpoints[0]};
    struct chan_row *remote = chan_row_new(&chan);
    remote->client = 2;
    remote->server = 1;
    remote->by_ump = true;
    assert_true(chan_pair(&chan));
    assert_int_equal(chan.row_count, 3);
    const struct chan_row *row = chan.rows[0].by_ump ? &chan.rows[1] : &chan.rows[0];
    assert_true(row->client == 2 && row->server == 1 && !row->by_ump);
    assert_int_equal(row->channels, 2);
    assert_true(row->to.messages == 16 && row->to.slots == 32 && row->to.filled == 2);
    assert_true(row->back.messages == 5 && row->back.slots == 8 && row->back.filled == 1);
    assert_true(chan.rows[2].client == 3 && chan.rows[2].to.messages == 1 && chan.rows[2].back.messages == 0);
    assert_string_equal(chan_process_find(&chan, 2)->name, "client");
    assert_null(chan_process_find(&chan, 4));
    chan_free(&chan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
