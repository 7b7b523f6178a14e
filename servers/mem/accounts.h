/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem's accounts: what each process has allocated, and how much it may. Pure and static.
 *
 * An account is opened for a pid and closed when its process is gone; closed, it lives on until its last byte is back
 * (memory that was passed on outlives its first owner), so that every byte always has an account.
 */
#ifndef MEM_ACCOUNTS_H
#define MEM_ACCOUNTS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

#define ACCOUNT_BUCKETS 64

struct account {
    pid_abi_t pid;
    uint64_t used, peak, quota; /* bytes */
    uint64_t blocks;
    bool service;         /* may use what is kept back for services */
    bool open;            /* its channel exists */
    bool ended;           /* its process does not: it gets no more */
    struct account *next; /* with the same hash, or free */
};

struct account_table {
    struct account *entries;
    uint32_t capacity;
    struct account *free;
    uint64_t ended_bytes; /* used by processes that are no more */
    struct account *bucket[ACCOUNT_BUCKETS];
};

void accounts_init(struct account_table *table, struct account *entries, uint32_t capacity);

/* ERR_EXISTS: this pid has an open one; ERR_TOO_MANY. */
err_t account_open(struct account_table *table, pid_abi_t pid, uint64_t quota, struct account **account);
struct account *account_find(const struct account_table *table, pid_abi_t pid);
/* The process is no more, whatever still names its channel. */
void account_end(struct account_table *table, struct account *account);
/* The channel is gone, and so is the process. */
void account_close(struct account_table *table, struct account *account);

/* ERR_QUOTA. */
err_t account_charge(struct account *account, uint64_t bytes);
/* `blocks`: how many less there are (-1: one more, a hole was cut). May free a closed account: do not use it afterwards. */
void account_credit(struct account_table *table, struct account *account, uint64_t bytes, int blocks);

/* Entries have numbers, to be written down beside a block. */
uint32_t account_number(const struct account_table *table, const struct account *account);
struct account *account_of_number(const struct account_table *table, uint64_t number);

#endif
