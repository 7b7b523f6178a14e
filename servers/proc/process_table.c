/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of processes. Everything but waiting and forgetting of orphans is O(1); these walk their short lists.
 */
#include "process_table.h"
#include <kept/kept.h>
#include <string.h>

struct process *process_find(const struct process_table *table, pid_abi_t pid)
{
    struct process *process = table->bucket[pid % PROCESS_BUCKETS];
    while (process != NULL && process->pid != pid) {
        process = process->bucket_next;
    }
    return process;
}

struct process *process_find_after(const struct process_table *table, pid_abi_t after)
{
    /* Whoever lists asks with the last pid it got: look that up before walking. */
    struct process *process = process_find(table, after);
    if (process != NULL) return process->next;
    process = table->first;
    while (process != NULL && process->pid <= after) {
        process = process->next;
    }
    return process;
}

uint32_t process_number(const struct process_table *table, const struct process *process)
{
    return (uint32_t)(process - table->entries);
}

struct process *process_of_number(const struct process_table *table, uint32_t number)
{
    if (number >= table->limits.processes || !table->entries[number].used) return NULL;
    return &table->entries[number];
}

static err_t room_check(const struct process_table *table, const struct process *parent, uint32_t flags)
{
    if (table->free == NULL) return ERR_TOO_MANY;
    if (flags & PROCESS_SERVICE) return ERR_OK;
    if (table->count + table->limits.reserved >= table->limits.processes) return ERR_TOO_MANY;
    if (parent != NULL && !(parent->flags & PROCESS_SERVICE) && parent->children >= table->limits.children) {
        return ERR_TOO_MANY;
    }
    return ERR_OK;
}

static void entry_link(struct process_table *table, struct process *process)
{
    struct process **bucket = process_bucket(table, process->pid);
    process->bucket_next = *bucket;
    *bucket = process;
    process->previous = table->last;
    if (table->last != NULL) {
        table->last->next = process;
    } else {
        table->first = process;
    }
    table->last = process;
    table->count++;
}

err_t process_add(struct process_table *table, pid_abi_t pid, pid_abi_t parent_pid, const char *name, uint32_t flags,
                  struct process **out)
{
    struct process *parent = process_find(table, parent_pid);
    size_t length = strnlen(name, PROCESS_NAME_MAX + 1);
    if (length == 0 || length > PROCESS_NAME_MAX) return ERR_INVALID;
    if (pid == 0) pid = table->core | *table->next_number;
    if ((pid & ~0xffffffffull) != table->core || (uint32_t)pid < *table->next_number || (uint32_t)pid == UINT32_MAX) {
        return ERR_INVALID;
    }
    err_t err = room_check(table, parent, flags);
    if (err != ERR_OK) return err;
    struct process *process = table->free;
    table->free = process->next;
    *process = (struct process){.pid = pid, .parent = parent != NULL ? parent_pid : 0, .flags = flags};
    memcpy(process->name, name, length);
    kept_commit(table->next_number, (uint32_t)pid + 1); /* never again, whatever becomes of this one */
    kept_commit(&process->used, 1);
    if (parent != NULL) parent->children++;
    entry_link(table, process);
    *out = process;
    return ERR_OK;
}

static void record_unlink(struct process_table *table, struct process *process)
{
    struct process *previous = NULL;
    struct process *at = table->record_first;
    while (at != NULL && at != process) {
        previous = at;
        at = at->record_next;
    }
    if (at == NULL) return;
    if (previous != NULL) {
        previous->record_next = process->record_next;
    } else {
        table->record_first = process->record_next;
    }
    if (table->record_last == process) table->record_last = previous;
    table->records--;
}

static void bucket_unlink(struct process_table *table, struct process *process)
{
    struct process **bucket = process_bucket(table, process->pid);
    while (*bucket != process) {
        bucket = &(*bucket)->bucket_next;
    }
    *bucket = process->bucket_next;
}

static void entry_free(struct process_table *table, struct process *process)
{
    process->next = table->free;
    table->free = process;
    table->count--;
}

void process_forget(struct process_table *table, struct process *process)
{
    kept_commit(&process->used, 0);
    bucket_unlink(table, process);
    if (process->ended) record_unlink(table, process);
    if (process->previous != NULL) {
        process->previous->next = process->next;
    } else {
        table->first = process->next;
    }
    if (process->next != NULL) {
        process->next->previous = process->previous;
    } else {
        table->last = process->previous;
    }
    struct process *parent = process_find(table, process->parent);
    if (parent != NULL) parent->children--;
    entry_free(table, process);
}

/* The children of one that has ended have no parent any more: nobody will ever ask for their records. */
static void children_orphan(struct process_table *table, struct process *parent)
{
    struct process *process = parent->children > 0 ? table->first : NULL;
    while (process != NULL) {
        struct process *next = process->next;
        if (process->parent == parent->pid) {
            process->parent = 0;
            KEPT_STEP();
            parent->children--;
            if (process->ended) process_forget(table, process);
        }
        process = next;
    }
}

err_t process_guest_add(struct process_table *table, pid_abi_t pid, struct process **guest)
{
    err_t err = room_check(table, NULL, 0);
    if (err != ERR_OK) return err;
    struct process *process = table->free, **bucket = process_bucket(table, pid);
    table->free = process->next;
    *process = (struct process){.pid = pid, .flags = PROCESS_GUEST, .birth = BIRTH_FINISHED, .bucket_next = *bucket};
    kept_commit(&process->used, 1);
    *bucket = process;
    table->count++;
    *guest = process;
    return ERR_OK;
}

void process_guest_remove(struct process_table *table, struct process *guest)
{
    children_orphan(table, guest);
    kept_commit(&guest->used, 0);
    bucket_unlink(table, guest);
    entry_free(table, guest);
}

/* Those that are waited for are the first ones of the array: the last one moves into the gap. */
static void waiter_remove(struct process_table *table, struct process_waiter *waiter)
{
    *waiter = table->waiters[--table->waiting];
    table->waiters[table->waiting].parent = 0;
}

static struct process_waiter *waiter_find(struct process_table *table, const struct process *process)
{
    for (uint32_t i = 0; i < table->waiting && process->parent != 0; i++) {
        struct process_waiter *waiter = &table->waiters[i];
        if (waiter->parent == process->parent && (waiter->child == 0 || waiter->child == process->pid)) return waiter;
    }
    return NULL;
}

static void record_append(struct process_table *table, struct process *process)
{
    process->record_next = NULL;
    if (table->record_last != NULL) {
        table->record_last->record_next = process;
    } else {
        table->record_first = process;
    }
    table->record_last = process;
    table->records++;
    if (table->records > table->limits.records) process_forget(table, table->record_first);
}

void process_stopped(struct process *process, uint32_t kind, uint32_t code, uint32_t status)
{
    process->exit_code = code;
    process->exit_status = status;
    kept_commit(&process->exit_kind, kind);
}

bool process_end(struct process_table *table, struct process *process, void **token)
{
    children_orphan(table, process);
    if (process->parent == 0 || (process->flags & PROCESS_DETACHED)) {
        struct process_waiter *waiter = waiter_find(table, process);
        if (waiter == NULL) {
            process_forget(table, process);
            return false;
        }
    }
    process->exit_order = table->exit_order++;
    kept_commit(&process->ended, 1);
    struct process_waiter *waiter = waiter_find(table, process);
    if (waiter != NULL) {
        *token = waiter->token;
        waiter_remove(table, waiter);
        return true;
    }
    record_append(table, process);
    return false;
}

static err_t waiter_add(struct process_table *table, const struct process_waiter *wait)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < table->waiting; i++) {
        own += table->waiters[i].parent == wait->parent;
    }
    if (table->waiting == table->limits.waiters || own >= table->limits.waits) return ERR_TOO_MANY;
    table->waiters[table->waiting++] = *wait;
    return ERR_BUSY;
}

err_t process_wait(struct process_table *table, const struct process_waiter *wait, struct process **ended)
{
    pid_abi_t parent = wait->parent;
    pid_abi_t child = wait->child;
    const struct process *waiting = process_find(table, parent);
    if (waiting == NULL || waiting->children == 0) return ERR_NOT_FOUND;
    struct process *process = NULL;
    if (child != 0) {
        process = process_find(table, child);
        if (process == NULL || process->parent != parent) return ERR_NOT_FOUND;
        if (!process->ended) process = NULL;
    } else {
        process = table->record_first;
        while (process != NULL && process->parent != parent) {
            process = process->record_next;
        }
    }
    if (process == NULL) return waiter_add(table, wait);
    *ended = process;
    return ERR_OK;
}

bool process_wait_hopeless(struct process_table *table, pid_abi_t parent, void **token)
{
    for (uint32_t i = 0; i < table->waiting; i++) {
        struct process_waiter *waiter = &table->waiters[i];
        if (waiter->parent != parent || parent == 0) continue;
        const struct process *process = process_find(table, waiter->child != 0 ? waiter->child : parent);
        bool hope = process != NULL && (waiter->child != 0 ? process->parent == parent : process->children > 0);
        if (!hope) {
            *token = waiter->token;
            waiter_remove(table, waiter);
            return true;
        }
    }
    return false;
}

void process_wait_cancel(struct process_table *table, const void *token)
{
    for (uint32_t i = 0; i < table->waiting; i++) {
        if (table->waiters[i].token == token) {
            waiter_remove(table, &table->waiters[i]);
            return;
        }
    }
}

bool process_wait_of_client(struct process_table *table, uint64_t client, void **token)
{
    for (uint32_t i = 0; i < table->waiting; i++) {
        struct process_waiter *waiter = &table->waiters[i];
        if (waiter->client == client) {
            *token = waiter->token;
            waiter_remove(table, waiter);
            return true;
        }
    }
    return false;
}

static char *number_format(uint32_t number, char *text)
{
    char digits[10];
    unsigned n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n > 0) {
        *text++ = digits[--n];
    }
    return text;
}

void pid_format(pid_abi_t pid, char *text)
{
    text = number_format((uint32_t)(pid >> 32), text);
    *text++ = '.';
    text = number_format((uint32_t)pid, text);
    *text = 0;
}
