/* SPDX-License-Identifier: BSD-2-Clause */
/* How a core's changes of names go to core 0, with threads, channel and names played by the test: whatever waits makes the next thing happen. */
#include "link.h"
#include "monitor.h"
#include "names_relay.h"
#include <idl/names.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#include <cmocka.h>

struct bootinfo test_bootinfo;

static int (*changes)(void *argument);
static link_handler handler;
static void (*loss)(coreid_t core);
static bool dies;    /* core 0, instead of an answer */
static bool open;    /* the channel to core 0 */
static bool claimed; /* core 0 has a claim of ours that it has not answered: */
static uint64_t claim[LINK_WORDS];
static uint64_t decision; /* and will answer so */
static unsigned asked, waits, known;
static uint32_t result; /* what names was told of the change before */

/* The threads. */

err_t thread_create(struct thread **created, int (*main)(void *argument), void *argument,
                    const struct thread_options *options)
{
    (void)created, (void)argument;
    if (strcmp(options->name, "changes") == 0) changes = main;
    return ERR_OK;
}

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

void cond_broadcast(struct cond *cond)
{
    (void)cond;
}

/* Nothing else is to be done here, so the others get their turn: the channel opens, or core 0 answers. */
void cond_wait(struct cond *cond, struct mutex *mutex)
{
    (void)cond;
    waits++;
    mutex_unlock(mutex);
    if (!open) {
        open = true;
        names_relay_joined(0);
    } else {
        assert_true(claimed);
        claimed = false;
        if (dies) {
            loss(0);
            mutex_lock(mutex);
            return;
        }
        claim[0] = 1; /* RESULT */
        claim[4] = decision;
        handler(0, claim, LINK_WORDS);
    }
    mutex_lock(mutex);
}

/* The channel. */

void link_handle(enum link_kind kind, link_handler own)
{
    assert_int_equal(kind, LINK_NAMES);
    handler = own;
}

void link_on_loss(void (*lost)(coreid_t core))
{
    loss = lost;
}

bool link_is_open(coreid_t core)
{
    return core == 0 && open;
}

err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words)
{
    assert_int_equal(kind, LINK_NAMES);
    assert_true(words <= LINK_WORDS);
    if (!link_is_open(to)) return ERR_NOT_FOUND;
    memcpy(claim, w, words * sizeof(w[0]));
    claimed = true;
    return ERR_OK;
}

/* names: it has one name to tell. */

struct names_client *names_default(void)
{
    return NULL;
}

err_t names_change(struct names_client *client, uint32_t before, uint32_t *add, uint64_t *pid, char *name,
                   size_t name_room, char *properties, size_t properties_room)
{
    (void)client, (void)properties_room;
    result = before;
    if (asked++ > 0 || test_bootinfo.core == 0) return ERR_CLOSED;
    *add = 1;
    *pid = 7;
    assert_true(name_room > strlen("proc.3"));
    strcpy(name, "proc.3");
    properties[0] = 0;
    return ERR_OK;
}

err_t names_remote(struct names_client *client, uint32_t add, uint64_t pid, const char *name, const char *properties)
{
    (void)client, (void)add, (void)pid, (void)name, (void)properties;
    fail();
    return ERR_OK;
}

err_t names_enumerate(struct names_client *client, const char *pattern, const char *query, const char *after,
                      char *next, size_t next_room, struct names_entry *found, uint32_t most, uint32_t *count)
{
    (void)client, (void)pattern, (void)query, (void)after, (void)next, (void)next_room, (void)found, (void)most;
    *count = 0;
    fail();
    return ERR_OK;
}

void log_line(const char *format, ...)
{
    (void)format;
}

static void name_known(void)
{
    known++;
}

/* Until names says that it has had enough. */
static void changes_run(coreid_t core)
{
    test_bootinfo.core = core;
    asked = waits = known = 0;
    assert_int_equal(names_relay_start(name_known), ERR_OK);
    assert_non_null(changes);
    assert_int_equal(changes(NULL), 1);
}

static void test_core_0_waits_for_no_channel(void **state)
{
    (void)state;
    changes_run(0);
    assert_int_equal(asked, 1);
    assert_int_equal(waits, 0);
}

/* names took what could not be told for refused: the core never was up. */
static void test_a_claim_waits_for_the_channel(void **state)
{
    (void)state;
    decision = ERR_OK;
    changes_run(3);
    assert_true(open);
    assert_int_equal(asked, 2);
    assert_int_equal(result, ERR_OK);
    assert_int_equal(known, 1);
}

static void test_a_refusal_reaches_names(void **state)
{
    (void)state;
    decision = ERR_EXISTS;
    changes_run(3);
    assert_int_equal(asked, 2);
    assert_int_equal(result, ERR_EXISTS);
    assert_int_equal(known, 0);
}

static void test_a_claim_does_not_wait_for_the_dead(void **state)
{
    (void)state;
    dies = true;
    changes_run(3);
    dies = false;
    assert_int_equal(asked, 2);
    assert_int_equal(result, ERR_PEER_DEAD);
    assert_int_equal(known, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_core_0_waits_for_no_channel),
        cmocka_unit_test(test_a_claim_waits_for_the_channel), /* the channel opens once and for all */
        cmocka_unit_test(test_a_refusal_reaches_names),
        cmocka_unit_test(test_a_claim_does_not_wait_for_the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
