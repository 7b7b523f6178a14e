/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem's accounts: a hash table by pid over a static array.
 */
#include "accounts.h"
#include <string.h>

void accounts_init(struct account_table *table, struct account *entries, uint32_t capacity)
{
    memset(table, 0, sizeof(*table));
    table->entries = entries;
    table->capacity = capacity;
    for (uint32_t i = capacity; i-- > 0;) {
        entries[i] = (struct account){.next = table->free};
        table->free = &entries[i];
    }
}

struct account *account_find(const struct account_table *table, pid_abi_t pid)
{
    struct account *account = table->bucket[pid % ACCOUNT_BUCKETS];
    while (account != NULL && !(account->pid == pid && account->open && !account->ended)) {
        account = account->next;
    }
    return account;
}

err_t account_open(struct account_table *table, pid_abi_t pid, uint64_t quota, struct account **out)
{
    if (account_find(table, pid) != NULL) return ERR_EXISTS;
    if (table->free == NULL) return ERR_TOO_MANY;
    struct account *account = table->free;
    table->free = account->next;
    *account = (struct account){.pid = pid, .quota = quota, .open = true};
    account->next = table->bucket[pid % ACCOUNT_BUCKETS];
    table->bucket[pid % ACCOUNT_BUCKETS] = account;
    *out = account;
    return ERR_OK;
}

static void account_free_unused(struct account_table *table, struct account *account)
{
    if (account->open || account->used > 0) return;
    struct account **at = &table->bucket[account->pid % ACCOUNT_BUCKETS];
    while (*at != account) {
        at = &(*at)->next;
    }
    *at = account->next;
    account->next = table->free;
    table->free = account;
}

void account_end(struct account_table *table, struct account *account)
{
    if (!account->ended) table->ended_bytes += account->used;
    account->ended = true;
}

void account_close(struct account_table *table, struct account *account)
{
    account_end(table, account);
    account->open = false;
    account_free_unused(table, account);
}

err_t account_charge(struct account *account, uint64_t bytes)
{
    if (account->ended) return ERR_PERMISSION;
    if (bytes > account->quota || account->used > account->quota - bytes) return ERR_QUOTA;
    account->used += bytes;
    account->blocks++;
    if (account->used > account->peak) account->peak = account->used;
    return ERR_OK;
}

void account_credit(struct account_table *table, struct account *account, uint64_t bytes, int blocks)
{
    account->used -= bytes;
    if (account->ended) table->ended_bytes -= bytes;
    account->blocks -= (uint64_t)(int64_t)blocks;
    account_free_unused(table, account);
}

uint32_t account_number(const struct account_table *table, const struct account *account)
{
    return (uint32_t)(account - table->entries);
}

struct account *account_of_number(const struct account_table *table, uint64_t number)
{
    return number < table->capacity ? &table->entries[number] : NULL;
}
