/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consoles that are lent (term.idl: lend, borrow): to one process, by one key, once, while the lender is there. Run at the console, from which
 * this process may read.
 */
#include "support.h"
#include <abi/spawn_info.h>
#include <idl/term.h>
#include <libc/console.h>
#include <messaging/channel.h>
#include <threads/thread.h>

#define KEY 0x6b6579
#define EACH 8 /* loans of one console */

/* A client of its own beside the process's. */
static err_t client_open(struct term_client *term)
{
    static const struct term_client fresh = {.channel = CHANNEL_NAMED("term")};
    *term = fresh;
    return channel_bind(&term->channel);
}

static uint64_t self_pid(void)
{
    return ((const struct spawn_info *)VADDR_INFO)->pid;
}

static void U2_console_loans(void)
{
    struct term_client a, b;
    CHECK_OK(client_open(&a));
    CHECK_OK(client_open(&b));
    EXPECT_ERR(term_borrow(&a, KEY), ERR_NOT_FOUND);
    CHECK_OK(console_lend(self_pid(), KEY));
    EXPECT_ERR(term_borrow(&a, KEY + 1), ERR_NOT_FOUND); /* guessed */
    EXPECT_ERR(term_set_mode(&a, TERM_MODE_LINE), ERR_PERMISSION);
    CHECK_OK(term_borrow(&a, KEY));
    EXPECT_ERR(term_set_mode(&a, TERM_MODE_LINE), ERR_OK);
    EXPECT_ERR(term_borrow(&b, KEY), ERR_NOT_FOUND); /* used already */
    EXPECT_ERR(term_set_mode(&b, TERM_MODE_LINE), ERR_PERMISSION);
    EXPECT_ERR(term_borrow(&a, KEY), ERR_BUSY);
    term_client_close(&a);
    term_client_close(&b);
}

/* Whoever has none has none to give, and nobody takes what is another's. */
static void U2_console_loans_of_others(void)
{
    struct term_client a;
    CHECK_OK(client_open(&a));
    EXPECT_ERR(term_lend(&a, self_pid(), KEY), ERR_PERMISSION);
    EXPECT_ERR(console_lend(0, KEY), ERR_ARGUMENT);
    CHECK_OK(console_lend(self_pid() + 1, KEY + 2));
    EXPECT_ERR(term_borrow(&a, KEY + 2), ERR_NOT_FOUND);
    CHECK_OK(term_write(&a, "", 0));
    CHECK_OK(console_lend(self_pid(), KEY + 3));
    EXPECT_ERR(term_borrow(&a, KEY + 3), ERR_BUSY); /* it is a writer that everybody knows */
    term_client_close(&a);
    CHECK_OK(client_open(&a));
    EXPECT_ERR(term_borrow(&a, KEY + 3), ERR_OK); /* the loan is there still */
    term_client_close(&a);
}

/* A lender that has gone takes its loans along. */
static void U2_console_lender_gone(void)
{
    struct term_client a, b;
    unsigned count = 0;
    CHECK_OK(client_open(&a));
    CHECK_OK(client_open(&b));
    CHECK_OK(console_lend(self_pid(), KEY + 4));
    CHECK_OK(term_borrow(&a, KEY + 4));
    while (count <= EACH && term_lend(&a, self_pid(), KEY + 5) == ERR_OK)
        count++;
    EXPECT(count > 0 && count <= EACH);
    EXPECT_ERR(console_lend(self_pid(), KEY + 6), ERR_TOO_MANY);
    term_client_close(&a);
    err_t err = ERR_TOO_MANY;
    for (unsigned tries = 0; err == ERR_TOO_MANY && tries < 1000; tries++) { /* term hears of it a moment later */
        thread_sleep_ms(1);
        err = console_lend(self_pid(), KEY + 6);
    }
    CHECK_OK(err);
    EXPECT_ERR(term_borrow(&b, KEY + 5), ERR_NOT_FOUND);
    EXPECT_ERR(term_borrow(&b, KEY + 6), ERR_OK);
    term_client_close(&b);
}

static const struct test tests[] = {
    TEST(U2_console_loans),
    TEST(U2_console_loans_of_others),
    TEST(U2_console_lender_gone),
};
TEST_MAIN(tests)
