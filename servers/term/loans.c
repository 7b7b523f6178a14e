/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consoles that their holders lend to processes of other cores (term.idl: lend, borrow). A loan is a name for its lender's console and holds
 * nothing: it goes when it is taken, or with its lender.
 */
#include "console_private.h"

#include <stdlib.h>

struct loan {
    struct loan *next;
    const struct client *lender;
    uint64_t pid, key;
};

static struct loan *loans;

err_t loan_add(const struct client *lender, uint64_t pid, uint64_t key)
{
    struct console_client *console_of = lender->user;
    if (console_of->loans == LOANS_EACH) {
        return ERR_TOO_MANY;
    }
    struct loan *loan = malloc(sizeof *loan);
    if (loan == NULL) {
        return ERR_NO_MEMORY;
    }
    *loan = (struct loan){loans, lender, pid, key};
    loans = loan;
    console_of->loans++;
    return ERR_OK;
}

static struct console_client *loan_remove(struct loan **link)
{
    struct loan *loan = *link;
    struct console_client *lent = loan->lender->user;
    *link = loan->next;
    lent->loans--;
    free(loan);
    return lent;
}

struct console_client *loan_take(uint64_t pid, uint64_t key)
{
    for (struct loan **link = &loans; *link != NULL; link = &(*link)->next) {
        if ((*link)->pid == pid && (*link)->key == key) {
            return loan_remove(link);
        }
    }
    return NULL;
}

void loans_forget(const struct client *lender)
{
    for (struct loan **link = &loans; *link != NULL;) {
        if ((*link)->lender == lender) {
            loan_remove(link);
        } else {
            link = &(*link)->next;
        }
    }
}
