/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names: serves names.idl. A registration's owner is the channel that made it (its badge), so nobody can take
 * back somebody else's, and when the channel's client dies its registrations and waits go with it.
 *
 * With several cores a change is first made known to all, by the monitor, which asks for it (change()), and is made and answered here
 * when that is done.
 *
 * names calls nobody. Its own endpoint is known to init only (everybody else was introduced), so a client without a pid is init.
 */
#include "changes.h"
#include "names_table.h"
#include "waiters.h"
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <messaging/server.h>
#include <string.h>

static struct name_entry entries[CONFIG_NAMES_MAX];
static uint32_t sorted[CONFIG_NAMES_MAX];
static struct name_table table;
static struct waiter waiter_entries[CONFIG_NAMES_WAITERS];
static struct waiter_table waiters = {waiter_entries, CONFIG_NAMES_WAITERS};
static uint64_t introducer; /* proc */

static struct change change_entries[2 * CONFIG_NAMES_MAX];
static struct change_queue changes = {.changes = change_entries, .capacity = 2 * CONFIG_NAMES_MAX};
static bool spread;           /* other cores are told of changes */
static struct reply *monitor; /* waits for the next change */

#define OWNER_NAMES 0                 /* no channel has this badge */
#define ALREADY_HERE (UINT32_MAX - 1) /* number of a change: only the others are to be told */

static bool is_init(const struct client *client)
{
    return client->pid == 0;
}

/*
 * What a client gets for an entry: a copy of the endpoint, or one minted for it, by which the service knows its pid. *made: it is
 * a fresh slot, to be deleted after it was sent.
 */
static err_t endpoint_for(const struct name_entry *entry, uint64_t pid, cptr_t *endpoint, bool *made)
{
    *made = entry->number != NAME_COPIED && entry->endpoint != 0;
    if (!*made) {
        *endpoint = entry->endpoint;
        return ERR_OK;
    }
    uint64_t badge = SERVER_PUBLIC_BADGE_OF(entry->number, pid);
    return cap_mint_new(endpoint, entry->endpoint, badge, MINT_RING(SERVER_RING));
}

static void waiters_answer(const struct name_entry *entry)
{
    struct reply *reply;
    while ((reply = waiter_take(&waiters, entry->name)) != NULL) {
        struct client *client = reply_client(reply);
        cptr_t endpoint = 0;
        bool made = false;
        err_t err = endpoint_for(entry, client != NULL ? client->pid : 0, &endpoint, &made);
        if (err != ERR_OK) {
            reply_error(reply, err);
            continue;
        }
        names_reply_await(reply, ERR_OK, entry->pid, endpoint);
        if (made) cap_free(endpoint);
    }
}

/* The monitor gets the next change, if it waits and there is one. */
static void change_next(void)
{
    struct change *change;
    while (monitor != NULL && (change = change_take(&changes)) != NULL) {
        bool new = change->add && change->number != ALREADY_HERE;
        if (new &&name_table_find(&table, change->name, strlen(change->name)) != NULL) {
            change_finish(&changes); /* of another core, meanwhile */
            cap_free(change->endpoint);
            if (change->token != NULL) reply_error(change->token, ERR_EXISTS);
            continue;
        }
        struct reply *reply = monitor;
        monitor = NULL;
        names_reply_change(reply, ERR_OK, change->add, change->pid, change->name);
    }
}

static err_t table_add(const struct change *change)
{
    size_t length = strlen(change->name);
    err_t err =
        name_table_add(&table, change->name, length, change->owner, change->pid, change->endpoint, change->number);
    if (err == ERR_OK) waiters_answer(name_table_find(&table, change->name, length));
    return err;
}

/* All cores are told that a name is gone; `token` waits for that. */
static void name_gone(const char *name, const struct client *client, struct reply *token)
{
    struct change *change = spread ? change_add(&changes) : NULL;
    if (change == NULL) { /* none is lost: an owner has at most as many additions and entries as there is room for */
        if (token != NULL) reply_error(token, ERR_OK);
        return;
    }
    *change = (struct change){.owner = client->badge, .pid = client->pid, .token = token};
    strcpy(change->name, name);
    change_next();
}

static err_t name_register(struct call *call, const char *name, cptr_t endpoint, uint32_t number, bool local)
{
    struct cap_info info;
    struct change new = {.add = true, .owner = call->client->badge, .pid = call->client->pid, .number = number};
    err_t err = cap_identify(endpoint, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_ENDPOINT) return ERR_CAP_TYPE;
    strcpy(new.name, name);
    new.endpoint = endpoint;
    if (!spread || local) {
        err = table_add(&new);
        if (err != ERR_OK) return err;
        ((struct name_entry *)name_table_find(&table, name, strlen(name)))->local = local;
        call_take_cap(call, endpoint);
        return ERR_OK;
    }
    if (!name_valid(name, strlen(name))) return ERR_INVALID;
    if (name_table_find(&table, name, strlen(name)) != NULL) return ERR_EXISTS;
    /* The other half of the queue is kept for names that go: there are never more of them than entries. */
    bool full = changes.count >= CONFIG_NAMES_MAX || change_count(&changes, new.owner) >= CONFIG_NAMES_PER_CLIENT;
    if (full) return ERR_TOO_MANY;
    new.token = call_defer(call);
    if (new.token == NULL) return ERR_NO_MEMORY;
    struct change *change = change_add(&changes);
    if (change == NULL) {
        reply_error(new.token, ERR_TOO_MANY);
        return ERR_OK;
    }
    *change = new;
    call_take_cap(call, endpoint);
    change_next();
    return ERR_OK;
}

static err_t handle_register(struct call *call, const char *name, cptr_t endpoint)
{
    return name_register(call, name, endpoint, NAME_COPIED, false);
}

static err_t handle_register_identified(struct call *call, const char *name, uint32_t number, cptr_t endpoint)
{
    bool local = (number & NAMES_LOCAL) != 0;
    number &= ~(uint32_t)NAMES_LOCAL;
    if (number > SERVER_PUBLIC_NUMBER_MAX) return ERR_ARGUMENT;
    return name_register(call, name, endpoint, number, local);
}

static err_t handle_deregister(struct call *call, const char *name)
{
    cptr_t endpoint;
    const struct name_entry *entry = name_table_find(&table, name, strlen(name));
    bool told = entry != NULL && !entry->local && spread;
    err_t err = name_table_remove(&table, name, strlen(name), call->client->badge, &endpoint);
    if (err != ERR_OK) return err;
    cap_free(endpoint);
    if (told) name_gone(name, call->client, call_defer(call));
    return ERR_OK;
}

/* Services of this core that others do not know yet. */
static void spread_start(void)
{
    spread = true;
    for (uint32_t i = 0; i < table.count; i++) {
        const struct name_entry *entry = &entries[sorted[i]];
        struct change *change = entry->local || entry->endpoint == 0 ? NULL : change_add(&changes);
        if (change == NULL) continue;
        *change = (struct change){.add = true, .owner = entry->owner, .pid = entry->pid, .number = ALREADY_HERE};
        strcpy(change->name, entry->name);
    }
}

/* What came of the change that the monitor had. */
static void change_made(err_t result)
{
    struct change *change = change_finish(&changes);
    if (change == NULL) return;
    bool made = change->add && change->number != ALREADY_HERE;
    bool orphan = made && change->token == NULL; /* its owner is gone meanwhile */
    if (made && !orphan && result == ERR_OK) result = table_add(change);
    if (made && (orphan || result != ERR_OK)) cap_free(change->endpoint);
    if (change->token != NULL) reply_error(change->token, result);
    if (orphan && result == ERR_OK) {
        struct client gone = {.badge = change->owner, .pid = change->pid};
        char name[NAME_MAX_LENGTH + 1];
        strcpy(name, change->name);
        name_gone(name, &gone, NULL);
    }
}

static err_t handle_change(struct call *call, uint32_t result, uint32_t *add, uint64_t *pid, char *name)
{
    (void)add, (void)pid, (void)name;
    if (!is_init(call->client)) return ERR_PERMISSION;
    if (!spread) spread_start();
    change_made(result);
    monitor = call_defer(call);
    if (monitor == NULL) return ERR_NO_MEMORY;
    change_next();
    return ERR_OK;
}

static err_t handle_remote(struct call *call, uint32_t add, uint64_t pid, const char *name)
{
    cptr_t endpoint;
    if (!is_init(call->client)) return ERR_PERMISSION;
    if (!add) return name_table_remove(&table, name, strlen(name), NAME_REMOTE, &endpoint);
    struct change change = {.owner = NAME_REMOTE, .pid = pid, .number = NAME_COPIED};
    strcpy(change.name, name);
    return table_add(&change);
}

static err_t handle_lookup(struct call *call, const char *name, uint64_t *pid, cptr_t *endpoint)
{
    const struct name_entry *entry = name_table_find(&table, name, strlen(name));
    if (entry == NULL) return name_valid(name, strlen(name)) ? ERR_NOT_FOUND : ERR_INVALID;
    bool made;
    err_t err = endpoint_for(entry, call->client->pid, endpoint, &made);
    if (err != ERR_OK) return err;
    if (made) call_give_caps(call);
    *pid = entry->pid;
    return ERR_OK;
}

/* The monitor is part of init. */
static err_t handle_lookup_for(struct call *call, uint64_t pid, const char *name, cptr_t *endpoint)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    const struct name_entry *entry = name_table_find(&table, name, strlen(name));
    if (entry == NULL) return ERR_NOT_FOUND;
    bool made;
    err_t err = endpoint_for(entry, pid, endpoint, &made);
    if (err == ERR_OK && made) call_give_caps(call);
    return err;
}

static err_t handle_await(struct call *call, const char *name, uint64_t *pid, cptr_t *endpoint)
{
    err_t err = handle_lookup(call, name, pid, endpoint);
    if (err != ERR_NOT_FOUND) return err;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err = waiter_add(&waiters, name, call->client->badge, reply);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

static err_t handle_enumerate(struct call *call, const char *part, const char *after, struct names_entry *found,
                              uint32_t *count)
{
    (void)call;
    uint32_t at = UINT32_MAX;
    while (*count < NAMES_PAGE) {
        const struct name_entry *entry = name_table_next(&table, part, strlen(part), after, strlen(after), &at);
        if (entry == NULL) break;
        strcpy(found[*count].name, entry->name);
        found[*count].pid = entry->pid;
        (*count)++;
    }
    return ERR_OK;
}

static err_t handle_trust(struct call *call, uint64_t pid)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    introducer = pid;
    return ERR_OK;
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    (void)pid;
    (void)child;
    return is_init(by) || (introducer != 0 && by->pid == introducer) ? ERR_OK : ERR_PERMISSION;
}

static void client_gone(struct client *client)
{
    cptr_t endpoint;
    const struct name_entry *entry;
    while ((entry = name_table_owned(&table, client->badge)) != NULL) {
        char name[NAME_MAX_LENGTH + 1];
        bool told = !entry->local;
        strcpy(name, entry->name);
        if (name_table_remove(&table, name, strlen(name), client->badge, &endpoint) == ERR_OK) cap_free(endpoint);
        if (told) name_gone(name, client, NULL);
    }
    struct reply *reply;
    while ((reply = change_orphan(&changes, client->badge)) != NULL) {
        reply_drop(reply);
    }
    while ((reply = waiter_take_of(&waiters, client->badge)) != NULL) {
        reply_drop(reply);
    }
}

static void canceled(struct reply *reply)
{
    waiter_remove(&waiters, reply);
    change_forget(&changes, reply);
    if (reply == monitor) monitor = NULL;
    reply_drop(reply);
}

static const struct names_ops ops = {
    .register_ = handle_register,
    .register_identified = handle_register_identified,
    .deregister = handle_deregister,
    .lookup = handle_lookup,
    .lookup_for = handle_lookup_for,
    .await = handle_await,
    .enumerate = handle_enumerate,
    .change = handle_change,
    .remote = handle_remote,
    .trust = handle_trust,
};

/* names is found by name, too: for whoever wants a channel of its own to it. */
static err_t own_name_add(const struct service *service)
{
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    err_t err = name_table_add(&table, "names", 5, OWNER_NAMES, pid, SLOT_ENDPOINT, service->number);
    if (err == ERR_OK) entries[sorted[0]].local = true;
    return err;
}

int main(void)
{
    static struct server server;
    static struct service service =
        NAMES_SERVICE(&ops, .client_gone = client_gone, .canceled = canceled, .introduce = introduce);
    name_table_init(&table, entries, sorted, CONFIG_NAMES_MAX, CONFIG_NAMES_PER_CLIENT);
    err_t err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &service);
    if (err == ERR_OK) err = own_name_add(&service);
    if (err != ERR_OK) return (int)err;
    server_run(&server);
}
