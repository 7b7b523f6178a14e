/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of processes as a predecessor left it: of the entries that make sense all lists and counts are made anew.
 */
#include "process_table.h"
#include <string.h>

/* Could proc have written this? Killed or not, whatever is used was whole before. */
static bool entry_is_sound(const struct process_table *table, const struct process *process)
{
    bool guest = (process->flags & PROCESS_GUEST) != 0;
    bool own = (process->pid & ~0xffffffffull) == table->core;
    return process->used == 1 && process->pid != 0 && own != guest && memchr(process->name, 0, sizeof(process->name));
}

/* In the order of pids: they are mostly in it, so the place is looked for from the end. */
static void entry_insert(struct process_table *table, struct process *process)
{
    struct process *before = table->last;
    struct process **bucket = process_bucket(table, process->pid);
    process->bucket_next = *bucket;
    *bucket = process;
    table->count++;
    if (process->flags & PROCESS_GUEST) return;
    while (before != NULL && before->pid > process->pid) {
        before = before->previous;
    }
    process->previous = before;
    process->next = before != NULL ? before->next : table->first;
    *(before != NULL ? &before->next : &table->first) = process;
    *(process->next != NULL ? &process->next->previous : &table->last) = process;
}

static void record_insert(struct process_table *table, struct process *process)
{
    struct process **at = &table->record_first;
    while (*at != NULL && (*at)->exit_order < process->exit_order) {
        at = &(*at)->record_next;
    }
    process->record_next = *at;
    *at = process;
    if (process->record_next == NULL) table->record_last = process;
    table->records++;
    if (table->exit_order <= process->exit_order) table->exit_order = process->exit_order + 1;
}

/* Who has no parent any more, or left a record for nobody. */
static void entries_settle(struct process_table *table)
{
    struct process *next;
    for (struct process *process = table->first; process != NULL; process = next) {
        next = process->next;
        struct process *parent = process_find(table, process->parent);
        if (parent != NULL && (parent->ended || parent->exit_kind != 0)) parent = NULL;
        process->parent = parent != NULL ? parent->pid : 0;
        if (parent != NULL) parent->children++;
        if (process->ended && (parent == NULL || (process->flags & PROCESS_DETACHED))) process_forget(table, process);
    }
}

void process_table_init(struct process_table *table, struct process *entries, uint32_t *next_number,
                        struct process_waiter *waiters, const struct process_limits *limits, coreid_t core)
{
    memset(table, 0, sizeof(*table));
    table->entries = entries;
    table->waiters = waiters;
    table->limits = *limits;
    table->core = (uint64_t)core << 32;
    table->next_number = next_number;
    if (*next_number == 0) *next_number = 1;
    memset(waiters, 0, limits->waiters * sizeof(*waiters));
    for (uint32_t i = limits->processes; i-- > 0;) {
        struct process *process = &entries[i];
        process->next = process->previous = process->record_next = NULL;
        process->block = process->cspace = process->dispatcher = process->children = 0;
        if (entry_is_sound(table, process)) continue;
        process->used = 0;
        process->next = table->free;
        table->free = process;
    }
    for (uint32_t i = 0; i < limits->processes; i++) {
        if (!entries[i].used) continue;
        entry_insert(table, &entries[i]);
        if (entries[i].ended) record_insert(table, &entries[i]);
    }
    entries_settle(table);
}
