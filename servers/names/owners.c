/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that are clients: how many names each has, which it may register, and the end of their leases. A process that dies with a thousand
 * names keeps nobody waiting: they go two at a time, between other requests.
 */
#include "names.h"
#include <caps/caps.h>
#include <stdlib.h>
#include <string.h>

#define HASHES 64
#define IDS SLOT_PASSED /* a range of Ids of our own, from init */
#define GONE_AT_ONCE 2

static struct owner *owners[HASHES];
static struct owner *ended; /* that still have names */
static struct event ending;
static void (*name_gone)(uint32_t index);

static struct owner **owner_at(uint64_t pid)
{
    struct owner **at = &owners[(pid ^ pid >> 32) % HASHES];
    while (*at != NULL && (*at)->names.pid != pid) {
        at = &(*at)->next;
    }
    return at;
}

struct owner *owner_get(uint64_t pid)
{
    struct owner **at = owner_at(pid);
    if (*at == NULL) {
        struct owner *owner = calloc(1, sizeof(*owner));
        if (owner == NULL) return NULL;
        owner->names = (struct name_owner){.pid = pid, .first = NAME_NONE};
        memset(owner->right, 0xff, sizeof(owner->right));
        *at = owner;
    }
    return *at;
}

struct owner *owner_open(uint64_t pid)
{
    struct owner *owner = owner_get(pid);
    if (owner != NULL) owner->channels++;
    return owner;
}

static void owner_end(struct owner *owner)
{
    *owner_at(owner->names.pid) = owner->next;
    owner->next = ended;
    ended = owner;
    event_post(&server.waitset, &ending);
}

void owner_close(struct owner *owner)
{
    if (--owner->channels == 0) owner_end(owner);
}

void owner_ended(uint64_t pid)
{
    struct owner *owner = *owner_at(pid);
    if (owner != NULL && owner->channels == 0) owner_end(owner);
}

void owner_holds(struct owner *owner, uint32_t index)
{
    for (uint32_t i = 0; i < RIGHTS_OF_ONE; i++) {
        if (owner->right[i] != NAME_NONE) continue;
        owner->right[i] = index;
        return;
    }
}

static void owners_end(struct event *event)
{
    for (uint32_t i = 0; ended != NULL && i < GONE_AT_ONCE; i++) {
        struct owner *owner = ended;
        if (owner->names.first != NAME_NONE) {
            name_gone(owner->names.first);
        } else {
            ended = owner->next;
            free(owner);
        }
    }
    if (ended != NULL) event_post(&server.waitset, event);
}

void owners_init(void (*gone)(uint32_t index))
{
    name_gone = gone;
    ending.run = owners_end;
}

static bool covers(const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 && (name[length] == 0 || name[length] == '.');
}

bool owner_may(const struct owner *owner, const char *name)
{
    static const char *const everybodys[] = {"user", "test", "bench"};
    for (uint32_t i = 0; i < sizeof(everybodys) / sizeof(everybodys[0]); i++) {
        if (covers(everybodys[i], name)) return true;
    }
    for (uint32_t i = 0; i < RIGHTS_OF_ONE && owner->right[i] != NAME_NONE; i++) {
        if (covers(name_table_at(&table, owner->right[i])->name, name)) return true;
    }
    return false;
}

/* The record of a right, by its number or by its prefix; NAME_NONE. *highest: of all numbers. */
static uint32_t right_find(uint64_t number, const char *prefix, uint32_t *highest)
{
    uint32_t found = NAME_NONE;
    *highest = 0;
    for (uint32_t i = name_table_next(&table, 0); i != NAME_NONE; i = name_table_next(&table, i + 1)) {
        const struct name_record *record = name_table_at(&table, i);
        if (record->state != RECORD_RIGHT) continue;
        if (record->number > *highest) *highest = record->number;
        if (prefix != NULL ? strcmp(record->name, prefix) == 0 : record->number == number) found = i;
    }
    return found;
}

err_t owner_present(struct owner *owner, cptr_t right)
{
    struct cap_info info, all;
    uint32_t highest;
    err_t err = cap_identify(right, &info);
    if (err == ERR_OK) err = cap_identify(IDS, &all);
    if (err != ERR_OK) return err;
    if (info.type != CAP_ID || info.bytes != 1) return ERR_CAP_TYPE;
    uint32_t record = right_find(info.base - all.base, NULL, &highest);
    if (record == NAME_NONE) return ERR_NOT_FOUND;
    const char *prefix = name_table_at(&table, record)->name;
    for (uint32_t i = 0; i < RIGHTS_OF_ONE && owner->right[i] != NAME_NONE; i++) {
        if (strcmp(name_table_at(&table, owner->right[i])->name, prefix) == 0) return ERR_OK;
    }
    if (owner->right[RIGHTS_OF_ONE - 1] != NAME_NONE) return ERR_TOO_MANY;
    struct name_new new = {.name = prefix, .properties = "", .owner = &owner->names, .pid = owner->names.pid};
    err = name_table_add(&table, &new, RECORD_HOLDER, &record);
    if (err == ERR_OK) owner_holds(owner, record);
    return err;
}

err_t right_grant(const char *prefix, cptr_t *right)
{
    uint32_t highest;
    uint32_t record = right_find(0, prefix, &highest);
    if (record != NAME_NONE) {
        *right = name_table_at(&table, record)->endpoint;
        return ERR_OK;
    }
    struct name_new new = {.name = prefix, .properties = "", .number = highest + 1};
    err_t err = cap_retype_new(&new.endpoint, IDS, new.number, CAP_ID, 1);
    if (err != ERR_OK) return err;
    err = name_table_add(&table, &new, RECORD_RIGHT, NULL);
    if (err != ERR_OK) cap_free(new.endpoint);
    *right = new.endpoint;
    return err;
}
