/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names: serves names.idl. A registration's owner is the channel that made it (its badge), so nobody can take
 * back somebody else's, and when the channel's client dies its registrations and waits go with it.
 *
 * names calls nobody. Its own endpoint is known to init only (everybody else was introduced), so a client without a pid is init.
 */
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

#define OWNER_NAMES 0 /* no channel has this badge */

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
    *made = entry->number != NAME_COPIED;
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

static err_t name_register(struct call *call, const char *name, cptr_t endpoint, uint32_t number)
{
    struct cap_info info;
    err_t err = cap_identify(endpoint, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_ENDPOINT) return ERR_CAP_TYPE;
    size_t length = strlen(name);
    err = name_table_add(&table, name, length, call->client->badge, call->client->pid, endpoint, number);
    if (err != ERR_OK) return err;
    call_take_cap(call, endpoint);
    waiters_answer(name_table_find(&table, name, length));
    return ERR_OK;
}

static err_t handle_register(struct call *call, const char *name, cptr_t endpoint)
{
    return name_register(call, name, endpoint, NAME_COPIED);
}

static err_t handle_register_identified(struct call *call, const char *name, uint32_t number, cptr_t endpoint)
{
    if (number > SERVER_PUBLIC_NUMBER_MAX) return ERR_ARGUMENT;
    return name_register(call, name, endpoint, number);
}

static err_t handle_deregister(struct call *call, const char *name)
{
    cptr_t endpoint;
    err_t err = name_table_remove(&table, name, strlen(name), call->client->badge, &endpoint);
    if (err == ERR_OK) cap_free(endpoint);
    return err;
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
    while (name_table_remove_owned(&table, client->badge, &endpoint)) {
        cap_free(endpoint);
    }
    struct reply *reply;
    while ((reply = waiter_take_of(&waiters, client->badge)) != NULL) {
        reply_drop(reply);
    }
}

static void canceled(struct reply *reply)
{
    waiter_remove(&waiters, reply);
    reply_drop(reply);
}

static const struct names_ops ops = {
    .register_ = handle_register,
    .register_identified = handle_register_identified,
    .deregister = handle_deregister,
    .lookup = handle_lookup,
    .await = handle_await,
    .enumerate = handle_enumerate,
    .trust = handle_trust,
};

/* names is found by name, too: for whoever wants a channel of its own to it. */
static err_t own_name_add(const struct service *service)
{
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    return name_table_add(&table, "names", 5, OWNER_NAMES, pid, SLOT_ENDPOINT, service->number);
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
