/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to other cores, with the channel and the clients played by the test: each gets the answer to its own, or hears that none comes. */
#include "bindings.h"
#include "cores.h"
#include "link.h"
#include "questions.h"
#include "remote_caps.h"
#include <idl/mem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>

#include <cmocka.h>

#define CLIENTS 64
#define ARGUMENT_AT                                                                                                    \
    3 /* in a note's words, which are: is it an answer, number, question, argument, error, and what was found */
#define ERROR_AT 4
#define FOUND_AT 5

struct bootinfo test_bootinfo;

/* A client, whose reply it is, too. */
struct client_seen {
    bool answered;
    err_t err;
    uint64_t value;
};
static struct client_seen clients[CLIENTS];
static unsigned next_client;

static link_handler handler;
static void (*loss)(coreid_t core);
static err_t send_error;                   /* of the channel, from now on */
static uint64_t sent[CLIENTS][LINK_WORDS]; /* the questions that have gone */
static unsigned sent_count;

void mutex_lock(struct mutex *mutex)
{
    assert_int_equal(mutex->owner, 0);
    mutex->owner = 2;
}

void mutex_unlock(struct mutex *mutex)
{
    assert_int_equal(mutex->owner, 2);
    mutex->owner = 0;
}

/* The channel. */

void link_handle(enum link_kind kind, link_handler own)
{
    assert_int_equal(kind, LINK_ASK);
    handler = own;
}

void link_on_loss(void (*lost)(coreid_t core))
{
    loss = lost;
}

bool link_is_open(coreid_t core)
{
    return core == 1 || core == 2;
}

err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words)
{
    assert_int_equal(kind, LINK_ASK);
    assert_true(link_is_open(to) && words <= LINK_WORDS && sent_count < CLIENTS);
    if (send_error != ERR_OK) return send_error;
    memcpy(sent[sent_count++], w, words * sizeof(w[0]));
    return ERR_OK;
}

/* The clients. */

struct reply *call_defer(struct call *call)
{
    return (struct reply *)call;
}

static void answered(struct reply *reply, err_t err, uint64_t value)
{
    struct client_seen *client = (struct client_seen *)reply;
    assert_false(client->answered);
    *client = (struct client_seen){true, err, value};
}

void reply_error(struct reply *reply, err_t err)
{
    answered(reply, err, 0);
}

void monitor_reply_kernel_info_of(struct reply *reply, err_t err, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    (void)b, (void)c, (void)d;
    answered(reply, err, a);
}

/* Nobody asks for these. */
#define NOT_ANSWERED(name, ...)                                                                                        \
    void name(struct reply *reply, err_t err, __VA_ARGS__)                                                             \
    {                                                                                                                  \
        (void)reply, (void)err;                                                                                        \
        fail();                                                                                                        \
    }
NOT_ANSWERED(monitor_reply_memory, const struct monitor_memory *)
NOT_ANSWERED(monitor_reply_block, const struct monitor_block *)
NOT_ANSWERED(monitor_reply_account, const struct monitor_account *)
NOT_ANSWERED(monitor_reply_accounts, uint32_t, const struct monitor_holder *, uint32_t)
NOT_ANSWERED(monitor_reply_channels, uint32_t, const struct monitor_channel *, uint32_t)

#define NOT_ASKED(name, ...)                                                                                           \
    err_t name(struct mem_client *client, __VA_ARGS__)                                                                 \
    {                                                                                                                  \
        (void)client;                                                                                                  \
        fail();                                                                                                        \
        return ERR_OK;                                                                                                 \
    }
NOT_ASKED(mem_totals, struct mem_totals *)
NOT_ASKED(mem_info, uint64_t, struct mem_account *)
NOT_ASKED(mem_block, uint64_t, struct mem_range *, uint64_t *, bool *)
NOT_ASKED(mem_accounts, uint32_t, uint32_t, uint32_t *, struct mem_holder *, uint32_t, uint32_t *)

struct mem_client *mem_default(void)
{
    return NULL;
}

uint64_t remote_caps_sharers(paddr_t block)
{
    (void)block;
    return 0;
}

uint32_t bindings_list(uint32_t *next, struct monitor_channel *list, uint32_t most)
{
    (void)next, (void)list, (void)most;
    return 0;
}

/* This core's kernel: it says ten times what it is asked for. */
err_t kernel_invoke(cptr_t kernel, unsigned op, uint64_t a[7])
{
    (void)kernel, (void)op;
    a[0] *= 10;
    return ERR_OK;
}

/* What happens. */

static struct client_seen *asks(coreid_t core, uint64_t argument)
{
    struct client_seen *client = &clients[next_client++];
    assert_true(next_client <= CLIENTS);
    assert_int_equal(question_ask((struct call *)client, core, QUESTION_KERNEL_INFO, argument), ERR_OK);
    return client;
}

/* Core `core` answers the n-th question that has gone: 100 times what was asked for. */
static void answers(coreid_t core, unsigned n)
{
    uint64_t w[LINK_WORDS];
    assert_true(n < sent_count);
    memcpy(w, sent[n], sizeof(w));
    w[0] = true;
    w[ERROR_AT] = ERR_OK;
    w[FOUND_AT] = 100 * w[ARGUMENT_AT];
    handler(core, w, LINK_WORDS);
}

static void expect_answer(const struct client_seen *client, err_t err, uint64_t value)
{
    assert_true(client->answered);
    assert_int_equal(client->err, err);
    assert_int_equal(client->value, value);
}

static int begin(void **state)
{
    (void)state;
    test_bootinfo.core = 0;
    memset(clients, 0, sizeof(clients));
    next_client = sent_count = 0;
    send_error = ERR_OK;
    questions_start();
    return 0;
}

/* None is left over for the next test. */
static int end(void **state)
{
    (void)state;
    loss(1);
    loss(2);
    for (unsigned i = 0; i < next_client; i++) {
        assert_true(clients[i].answered);
    }
    return 0;
}

static void test_own_core_answers_at_once(void **state)
{
    (void)state;
    expect_answer(asks(0, 7), ERR_OK, 70);
    assert_int_equal(sent_count, 0);
    expect_answer(asks(5, 7), ERR_NOT_FOUND, 0);
}

static void test_answers_find_their_clients(void **state)
{
    (void)state;
    struct client_seen *a = asks(1, 1), *b = asks(2, 2), *c = asks(1, 3);
    answers(1, 2);
    answers(2, 1);
    assert_false(a->answered);
    answers(1, 0);
    expect_answer(a, ERR_OK, 100);
    expect_answer(b, ERR_OK, 200);
    expect_answer(c, ERR_OK, 300);
    answers(1, 0); /* nobody waits for it any more */
}

/* One that cannot be sent is the only one to fail; what was asked before is still answered, to whom it was that asked. */
static void test_one_that_cannot_be_sent_ends_no_other(void **state)
{
    (void)state;
    struct client_seen *before = asks(1, 1);
    send_error = ERR_NO_MEMORY;
    expect_answer(asks(1, 2), ERR_PEER_DEAD, 0);
    send_error = ERR_OK;
    assert_false(before->answered);
    struct client_seen *after = asks(1, 3);
    answers(1, 0);
    expect_answer(before, ERR_OK, 100);
    assert_false(after->answered);
    answers(1, 1);
    expect_answer(after, ERR_OK, 300);
}

static void test_a_lost_core_ends_its_own(void **state)
{
    (void)state;
    struct client_seen *lost = asks(1, 1), *other = asks(2, 2), *lost_too = asks(1, 3);
    loss(1);
    expect_answer(lost, ERR_PEER_DEAD, 0);
    expect_answer(lost_too, ERR_PEER_DEAD, 0);
    assert_false(other->answered);
    answers(2, 1);
    expect_answer(other, ERR_OK, 200);
}

static void test_too_many(void **state)
{
    (void)state;
    unsigned most = 0;
    while (!asks(1, most)->answered) {
        most++;
    }
    expect_answer(&clients[most], ERR_BUSY, 0);
    assert_int_equal(sent_count, most);
    answers(1, 3);
    struct client_seen *again = asks(1, 9);
    assert_false(again->answered);
    answers(1, most);
    expect_answer(again, ERR_OK, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_own_core_answers_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_answers_find_their_clients, begin, end),
        cmocka_unit_test_setup_teardown(test_one_that_cannot_be_sent_ends_no_other, begin, end),
        cmocka_unit_test_setup_teardown(test_a_lost_core_ends_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_too_many, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
