/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With several cores a change is first made known to all, by the monitor, which asks for it (spread_change()), and is made and answered here
 * when that is done. First come the names that were there before the other cores, then the pending ones of the table in their order.
 */
#include "names.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <string.h>

static bool on;
static bool telling;                   /* names that were there before */
static char told[NAME_MAX_LENGTH + 1]; /* the last one of those */
static bool taken;                     /* the monitor has the first pending one, or `told` */
static struct reply *monitor;          /* waits for the next one */

bool spread_on(void)
{
    return on;
}

void spread_resume(void)
{
    telling = on = true;
}

static void monitor_gets(uint32_t index, bool add)
{
    char properties[PROPERTIES_MAX + 1];
    const struct name_record *record = name_table_at(&table, index);
    struct reply *reply = monitor;
    monitor = NULL;
    taken = true;
    name_table_properties(&table, index, properties);
    names_reply_change(reply, ERR_OK, add, record->pid, record->name, properties);
}

/* A name that was there before; false: the others know all of them. */
static bool tell_next(void)
{
    uint32_t position = name_table_after(&table, told);
    while (telling && position < table.count) {
        uint32_t index = table.sorted[position++];
        const struct name_record *record = name_table_at(&table, index);
        if (record->flags != 0) continue;
        strcpy(told, record->name);
        monitor_gets(index, true);
        return true;
    }
    telling = false;
    return false;
}

/* A claim that nobody makes any more, or that comes too late, ends here. */
static bool claim_ends(uint32_t index)
{
    const struct name_record *record = name_table_at(&table, index);
    const struct name_node *node = name_table_node(&table, index);
    if (record->state != RECORD_CLAIMED) return false;
    bool late = name_table_find(&table, record->name) != NAME_NONE;
    if (node->owner != NULL && !late) return false;
    cap_free(record->endpoint);
    if (node->token != NULL) reply_error(node->token, ERR_EXISTS);
    name_table_finish(&table);
    return true;
}

void spread_next(void)
{
    while (monitor != NULL && !taken && !tell_next() && table.pending_first != NAME_NONE) {
        uint32_t index = table.pending_first;
        if (!claim_ends(index)) monitor_gets(index, name_table_at(&table, index)->state == RECORD_CLAIMED);
    }
}

static void claim_made(uint32_t index, err_t result)
{
    struct name_node *node = name_table_node(&table, index);
    struct reply *reply = node->token;
    bool late = name_table_find(&table, name_table_at(&table, index)->name) != NAME_NONE;
    if (result == ERR_OK && late) result = ERR_EXISTS;
    node->token = NULL;
    if (result == ERR_OK && node->owner != NULL) {
        name_table_flag(&table, index, RECORD_TOLD);
        name_table_publish(&table);
        name_registered(index);
    } else {
        cap_free(name_table_at(&table, index)->endpoint);
        if (result == ERR_OK) {
            name_table_retract(&table); /* its owner is gone meanwhile */
        } else {
            name_table_finish(&table);
        }
    }
    if (reply != NULL) reply_error(reply, result);
}

static void change_made(err_t result)
{
    if (!taken) return;
    taken = false;
    uint32_t index = telling ? name_table_find(&table, told) : table.pending_first;
    if (telling) {
        if (index != NAME_NONE && result == ERR_OK) name_table_flag(&table, index, RECORD_TOLD);
    } else if (name_table_at(&table, index)->state == RECORD_CLAIMED) {
        claim_made(index, result);
    } else {
        struct reply *reply = name_table_node(&table, index)->token;
        name_table_finish(&table);
        if (reply != NULL) reply_error(reply, ERR_OK);
    }
}

err_t spread_change(struct call *call, err_t result)
{
    if (!on) telling = on = true;
    change_made(result);
    monitor = call_defer(call);
    if (monitor == NULL) return ERR_NO_MEMORY;
    spread_next();
    return ERR_OK;
}

uint32_t spread_claimed(const char *name)
{
    if (table.pending_first == NAME_NONE) return NAME_NONE;
    const struct name_record *record = name_table_at(&table, table.pending_first);
    bool claimed = record->state == RECORD_CLAIMED && strcmp(record->name, name) == 0;
    return claimed ? table.pending_first : NAME_NONE;
}

void spread_cancel(struct reply *reply)
{
    if (reply == monitor) monitor = NULL;
    for (uint32_t i = table.pending_first; i != NAME_NONE; i = name_table_node(&table, i)->pending_next) {
        if (name_table_node(&table, i)->token == reply) name_table_node(&table, i)->token = NULL;
    }
}

void spread_client_gone(void)
{
    for (uint32_t i = table.pending_first; i != NAME_NONE; i = name_table_node(&table, i)->pending_next) {
        struct name_node *node = name_table_node(&table, i);
        if (node->token == NULL || reply_client(node->token) != NULL) continue;
        reply_drop(node->token);
        node->token = NULL;
    }
}
