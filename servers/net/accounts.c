/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts: what each process has. A process may be several clients, and its connections may end after it. */
#include "net.h"
#include <stdlib.h>

static struct account *accounts;

struct account *account_get(uint64_t pid)
{
    struct account *account = accounts;
    while (account != NULL && account->pid != pid)
        account = account->next;
    if (account != NULL) return account;
    account = calloc(1, sizeof *account);
    if (account == NULL) return NULL;
    account->pid = pid;
    account->next = accounts;
    accounts = account;
    return account;
}

void account_put(struct account *account)
{
    if (account->clients > 0 || account->sockets > 0) return;
    struct account **link = &accounts;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account);
}
