/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The home's side: which cores have a BlockState for a block, who has its lock, and who waits for it. A core sends
 * one LOCK for a block at a time, so the queue has room for all. An entry exists while the block is shared or locked. Free
 * memory is not the directory's matter: FREE and allocation change nothing here.
 */
#include "internal.h"

/* Where the entry is, or would stand. */
static unsigned entry_place(const struct dcap *dcap, uint64_t key)
{
    unsigned low = 0, high = dcap->entries;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (dcap->directory[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct dcap_entry *entry_find(struct dcap *dcap, const struct dcap_cap *block)
{
    uint64_t key = block_key(block);
    struct dcap_entry *entry = &dcap->directory[entry_place(dcap, key)];
    return entry < dcap->directory + dcap->entries && entry->key == key ? entry : NULL;
}

static struct dcap_entry *entry_make(struct dcap *dcap, const struct dcap_cap *block)
{
    if (dcap->entries == DCAP_DIRECTORY) return NULL;
    struct dcap_entry *place = &dcap->directory[entry_place(dcap, block_key(block))];
    struct dcap_entry *end = &dcap->directory[dcap->entries++];
    for (; end > place; end--)
        *end = end[-1];
    *place = (struct dcap_entry){.key = block_key(block)};
    return place;
}

static void entry_remove(struct dcap *dcap, struct dcap_entry *entry)
{
    struct dcap_entry *end = &dcap->directory[--dcap->entries];
    for (; entry < end; entry++)
        *entry = entry[1];
    *end = (struct dcap_entry){0};
}

/* The first of the queue gets the lock. */
static void entry_grant(struct dcap *dcap, struct dcap_entry *entry, const struct dcap_cap *block)
{
    struct dcap_message *grant = message_send(dcap, DCAP_GRANT, entry->queue[0].core, entry->queue[0].op);
    grant->cap = *block;
    grant->mask = entry->mask;
}

void directory_lock(struct dcap *dcap, const struct dcap_message *message)
{
    if (MUTANT(ARENA_NO_ANSWER) && arena_home(dcap, &message->cap) != dcap->me) return;
    struct dcap_entry *entry = entry_find(dcap, &message->cap);
    if (entry == NULL) entry = entry_make(dcap, &message->cap);
    if (entry == NULL) {
        message_send(dcap, DCAP_GRANT, message->from_core, message->op)->error = ERR_TOO_MANY;
        return;
    }
    if (entry->broken) {
        message_send(dcap, DCAP_GRANT, message->from_core, message->op)->error = ERR_PEER_DEAD;
        return;
    }
    if (entry->locked == DCAP_CORES) {
        message_fault(dcap);
        return;
    }
    if (MUTANT(LOCK_ENTERS)) entry->mask |= core_bit(message->from_core);
    entry->queue[entry->locked].core = message->from_core;
    entry->queue[entry->locked].op = message->op;
    entry->locked++;
    if (entry->locked == 1) entry_grant(dcap, entry, &message->cap);
    if (MUTANT(GRANT_TWICE) && entry->locked > 1) {
        struct dcap_message *grant = message_send(dcap, DCAP_GRANT, message->from_core, message->op);
        grant->cap = message->cap;
        grant->mask = entry->mask;
    }
}

void directory_unlock(struct dcap *dcap, const struct dcap_message *message)
{
    struct dcap_entry *entry = entry_find(dcap, &message->cap);
    if (entry == NULL || entry->locked == 0 || entry->queue[0].core != message->from_core ||
        entry->queue[0].op != message->op) {
        message_fault(dcap);
        return;
    }
    entry->mask = message->mask;
    entry->locked--;
    for (unsigned i = 0; i < entry->locked; i++)
        entry->queue[i] = entry->queue[i + 1];
    entry->queue[entry->locked].core = entry->queue[entry->locked].op = 0;
    if (message->flag) dcap->kernel->block_freed(dcap->context, &message->cap);
    if (entry->locked != 0) {
        entry_grant(dcap, entry, &message->cap);
    } else if (entry->mask == 0) {
        entry_remove(dcap, entry);
        arena_settle(dcap);
    }
}

void directory_free(struct dcap *dcap, const struct dcap_message *message)
{
    dcap->kernel->block_freed(dcap->context, &message->cap);
    message_send(dcap, DCAP_FREE_ACK, message->from_core, 0);
    struct dcap_entry *entry = entry_find(dcap, &message->cap);
    if (MUTANT(FREE_CLEARS) && entry != NULL) entry_remove(dcap, entry);
}

static unsigned queue_place(const struct dcap_entry *entry, coreid_t core)
{
    unsigned place = 0;
    while (place < entry->locked && entry->queue[place].core != core)
        place++;
    return place;
}

/*
 * What the lost core has done under the lock, and so the mask, is not known: the lock stays its own for ever, and those behind it get none.
 * Where it only waited it waits no more.
 */
bool directory_core_lost(struct dcap *dcap, coreid_t core)
{
    struct dcap_entry *entry = dcap->directory, *end = entry + dcap->entries;
    while (entry < end && (entry->broken || queue_place(entry, core) == entry->locked))
        entry++;
    if (entry == end) return false;
    unsigned place = queue_place(entry, core);
    entry->broken = place == 0;
    for (unsigned i = place + 1; i < entry->locked; i++) {
        if (entry->broken)
            message_send(dcap, DCAP_GRANT, entry->queue[i].core, entry->queue[i].op)->error = ERR_PEER_DEAD;
        else
            entry->queue[i - 1] = entry->queue[i];
    }
    unsigned left = entry->broken ? 1 : entry->locked - 1;
    while (entry->locked > left) {
        entry->locked--;
        entry->queue[entry->locked].core = entry->queue[entry->locked].op = 0;
    }
    return true;
}

bool directory_has(const struct dcap *dcap, uint64_t base, uint64_t bytes)
{
    unsigned place = entry_place(dcap, base);
    return place < dcap->entries && dcap->directory[place].key < base + bytes;
}
