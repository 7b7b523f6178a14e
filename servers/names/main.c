/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names: serves names.idl. A registration's owner is the process that made it, as its introducer said who it is, so nobody can take
 * back somebody else's, and when it dies its registrations and waits go with it.
 *
 * names calls nobody but mem, for memory. Its own endpoint is known to init only (everybody else was introduced), so a client without a pid is
 * init, of which the monitor is part.
 */
#include "names.h"
#include "match.h"
#include "searches.h"
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <messaging/channel.h>
#include <string.h>
#include <threads/time.h>

struct server server;
struct name_table table;

static uint32_t sorted[CONFIG_NAMES_MAX];
static uint64_t introducer; /* proc */

#define LOOK 32 /* names that one enumerate() looks at */
#define INFO ((const struct spawn_info *)VADDR_INFO)

static bool is_init(const struct client *client)
{
    return client->pid == 0;
}

static struct owner *owner_of(const struct client *client)
{
    return client->user;
}

static err_t name_register(struct call *call, const char *name, const char *properties, cptr_t endpoint,
                           uint32_t number, bool local)
{
    struct cap_info info;
    uint32_t index;
    struct name_new new = {.name = name,
                           .properties = properties,
                           .owner = &owner_of(call->client)->names,
                           .pid = call->client->pid,
                           .endpoint = endpoint,
                           .number = number,
                           .flags = local ? RECORD_LOCAL : 0};
    if (!name_valid(name) || !properties_valid(properties)) return ERR_INVALID;
    if (!owner_may(owner_of(call->client), name)) return ERR_PERMISSION;
    err_t err = cap_identify(endpoint, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_ENDPOINT) return ERR_CAP_TYPE;
    bool spread = spread_on() && !local;
    err = name_table_add(&table, &new, spread ? RECORD_CLAIMED : RECORD_NAMED, &index);
    if (err != ERR_OK) return err;
    if (!spread) {
        call_take_cap(call, endpoint);
        name_registered(index);
        return ERR_OK;
    }
    struct reply *reply = call_defer(call);
    name_table_node(&table, index)->token = reply;
    if (reply != NULL) {
        call_take_cap(call, endpoint);
    } else { /* the claim ends when its turn comes */
        name_table_at(&table, index)->endpoint = 0;
        name_table_orphan(&table, index);
    }
    spread_next();
    return reply != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static err_t handle_register(struct call *call, const char *name, cptr_t endpoint)
{
    return name_register(call, name, "", endpoint, NAME_COPIED, false);
}

static err_t handle_register_with(struct call *call, const char *name, const char *properties, uint32_t number,
                                  cptr_t endpoint)
{
    if (number == NAMES_COPIES) return name_register(call, name, properties, endpoint, NAME_COPIED, false);
    bool local = (number & NAMES_LOCAL) != 0;
    number &= ~(uint32_t)NAMES_LOCAL;
    if (number > SERVER_PUBLIC_NUMBER_MAX) return ERR_ARGUMENT;
    return name_register(call, name, properties, endpoint, number, local);
}

static err_t handle_register_identified(struct call *call, const char *name, uint32_t number, cptr_t endpoint)
{
    if (number == NAMES_COPIES) return ERR_ARGUMENT;
    return handle_register_with(call, name, "", number, endpoint);
}

/* A name of this core ends; `token` waits until all know. */
static void name_end(uint32_t index, struct reply *token)
{
    bool told = spread_on() && (name_table_at(&table, index)->flags & RECORD_LOCAL) == 0;
    cap_free(told ? name_table_leave(&table, index) : name_table_remove(&table, index));
    if (told) name_table_node(&table, index)->token = token;
    if (!told && token != NULL) reply_error(token, ERR_OK);
    if (told) spread_next();
}

/* Its owner is gone. A claim ends when the monitor is to have it, or has had it. */
static void owned_ends(uint32_t index)
{
    uint32_t state = name_table_at(&table, index)->state;
    if (state == RECORD_NAMED) {
        name_end(index, NULL);
        return;
    }
    if (state >= RECORD_HOLDER) {
        name_table_drop(&table, index);
        return;
    }
    name_table_orphan(&table, index);
    spread_next();
}

static err_t handle_deregister(struct call *call, const char *name)
{
    uint32_t index = name_table_find(&table, name);
    if (index == NAME_NONE) return name_valid(name) ? ERR_NOT_FOUND : ERR_INVALID;
    if (name_table_node(&table, index)->owner != &owner_of(call->client)->names) return ERR_PERMISSION;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    name_end(index, reply);
    return ERR_OK;
}

static err_t handle_change(struct call *call, uint32_t result, uint32_t *add, uint64_t *pid, char *name, char *properties)
{
    (void)add, (void)pid, (void)name, (void)properties;
    return is_init(call->client) ? spread_change(call, result) : ERR_PERMISSION;
}

/* Core 0's own claim has been decided if the monitor has it; another core's may still turn out to be too late. */
static err_t remote_add(uint64_t pid, const char *name, const char *properties)
{
    struct name_new new = {
        .name = name, .properties = properties, .pid = pid, .number = NAME_COPIED, .flags = RECORD_REMOTE};
    uint32_t index = name_table_find(&table, name);
    if (INFO->core == 0 && spread_claimed(name) != NAME_NONE) return ERR_EXISTS;
    if (index != NAME_NONE && name_table_at(&table, index)->flags & RECORD_REMOTE &&
        name_table_at(&table, index)->pid == pid)
        return ERR_OK;
    err_t err = name_table_add(&table, &new, RECORD_NAMED, &index);
    if (err == ERR_OK) name_registered(index);
    return err;
}

static err_t handle_remote(struct call *call, uint32_t add, uint64_t pid, const char *name, const char *properties)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    if (add) return remote_add(pid, name, properties);
    uint32_t index = name_table_find(&table, name);
    bool known = index != NAME_NONE && name_table_at(&table, index)->flags & RECORD_REMOTE;
    if (known && name_table_at(&table, index)->pid == pid) name_table_remove(&table, index);
    return ERR_OK;
}

static err_t handle_lookup(struct call *call, const char *name, uint64_t *pid, cptr_t *endpoint)
{
    uint32_t index = name_table_find(&table, name);
    if (index == NAME_NONE) return name_valid(name) ? ERR_NOT_FOUND : ERR_INVALID;
    const struct name_record *record = name_table_at(&table, index);
    bool made;
    err_t err = endpoint_for(record, call->client->pid, endpoint, &made);
    if (err != ERR_OK) return err;
    if (made) call_give_caps(call);
    *pid = record->pid;
    return ERR_OK;
}

/* Other cores know a claim of this one before names itself hears that all do: so the monitor finds it here from when it has it. */
static err_t handle_lookup_for(struct call *call, uint64_t pid, const char *name, cptr_t *endpoint)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    uint32_t index = name_table_find(&table, name);
    if (index == NAME_NONE) index = spread_claimed(name);
    if (index == NAME_NONE) return ERR_NOT_FOUND;
    bool made;
    err_t err = endpoint_for(name_table_at(&table, index), pid, endpoint, &made);
    if (err == ERR_OK && made) call_give_caps(call);
    return err;
}

static err_t handle_await(struct call *call, const char *name, uint64_t *pid, cptr_t *endpoint)
{
    err_t err = handle_lookup(call, name, pid, endpoint);
    return err == ERR_NOT_FOUND ? await_later(call, name) : err;
}

static err_t handle_find(struct call *call, const char *pattern, const char *query, uint32_t wait, char *name,
                         uint64_t *pid, cptr_t *endpoint)
{
    (void)name, (void)pid, (void)endpoint;
    return query_valid(query) ? find_later(call, pattern, query, wait != 0) : ERR_INVALID;
}

static err_t handle_enumerate(struct call *call, const char *pattern, const char *query, const char *after, char *next,
                              struct names_entry *found, uint32_t *count)
{
    (void)call;
    uint32_t look = LOOK;
    if (!query_valid(query)) return ERR_INVALID;
    strcpy(next, after);
    while (*count < NAMES_PAGE) {
        uint32_t index = search_page(&table, pattern, query, next, &look);
        if (index == NAME_NONE) break;
        struct names_entry *entry = &found[(*count)++];
        strcpy(entry->name, name_table_at(&table, index)->name);
        entry->pid = name_table_at(&table, index)->pid;
        name_table_properties(&table, index, entry->properties);
    }
    return ERR_OK;
}

static err_t handle_present(struct call *call, cptr_t right)
{
    return owner_present(owner_of(call->client), right);
}

static err_t handle_grant(struct call *call, const char *prefix, cptr_t *right)
{
    return is_init(call->client) ? right_grant(prefix, right) : ERR_PERMISSION;
}

static err_t handle_ended(struct call *call, uint64_t pid)
{
    if (!is_init(call->client) && (introducer == 0 || call->client->pid != introducer)) return ERR_PERMISSION;
    owner_ended(pid);
    return ERR_OK;
}

static err_t handle_trust(struct call *call, uint64_t pid)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    introducer = pid;
    return ERR_OK;
}

static err_t client_new(struct client *client)
{
    client->user = owner_open(client->pid);
    return client->user != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    if (!is_init(by) && (introducer == 0 || by->pid != introducer)) return ERR_PERMISSION;
    owner_ended(pid);
    return client_new(child);
}

static void client_gone(struct client *client)
{
    waits_end(client);
    spread_client_gone();
    owner_close(owner_of(client));
}

static void canceled(struct reply *reply)
{
    wait_cancel(reply);
    spread_cancel(reply);
    reply_drop(reply);
}

static const struct names_ops ops = {
    .register_ = handle_register,
    .register_identified = handle_register_identified,
    .register_with = handle_register_with,
    .deregister = handle_deregister,
    .lookup = handle_lookup,
    .lookup_for = handle_lookup_for,
    .await = handle_await,
    .find = handle_find,
    .enumerate = handle_enumerate,
    .present = handle_present,
    .grant = handle_grant,
    .change = handle_change,
    .remote = handle_remote,
    .ended = handle_ended,
    .trust = handle_trust,
};

static err_t table_start(void)
{
    table.sorted = sorted;
    table.chunks_most = CONFIG_NAMES_MAX / TABLE_CHUNK;
    table.per_owner = CONFIG_NAMES_PER_CLIENT;
    table.seed = (uint32_t)(clock_ticks() * 0x9e3779b9);
    owners_init(owned_ends);
    return kept_table_start(owned_ends);
}

/* names is found by name, too: for whoever wants a channel of its own to it. */
static err_t own_name_add(const struct service *service)
{
    struct name_new new = {.name = "names",
                           .properties = "",
                           .pid = INFO->pid,
                           .endpoint = SLOT_ENDPOINT,
                           .number = service->number,
                           .flags = RECORD_LOCAL};
    return name_table_add(&table, &new, RECORD_NAMED, NULL);
}

int main(void)
{
    static struct service service = NAMES_SERVICE(&ops, .client_new = client_new, .client_gone = client_gone,
                                                  .canceled = canceled, .introduce = introduce);
    /* Not first when the table of peers grows: that may take memory, for which mem would have to become a peer. */
    err_t err = channel_bind(&mem_default()->channel);
    if (err == ERR_OK) err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &service);
    if (err == ERR_OK) err = table_start();
    if (err == ERR_OK) err = own_name_add(&service);
    if (err != ERR_OK) return (int)err;
    server_run(&server);
}
