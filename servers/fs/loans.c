/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files that their holders lend to processes of other cores (fs.idl: lend, borrow). A loan is a name for a lender's file and holds
 * nothing: it goes when it is taken, or with its lender.
 */
#include "fs.h"
#include <stdlib.h>

struct loan {
    struct loan *next;
    struct holder *lender;
    uint64_t pid, key;
    uint32_t file, as;
};

static struct loan *loans;

err_t loan_add(struct holder *lender, uint32_t file, uint64_t pid, uint64_t key, uint32_t as)
{
    if (lender->loans == HOLDER_LOANS) return ERR_TOO_MANY;
    struct loan *loan = malloc(sizeof *loan);
    if (loan == NULL) return ERR_NO_MEMORY;
    *loan = (struct loan){loans, lender, pid, key, file, as};
    loans = loan;
    lender->loans++;
    return ERR_OK;
}

static void loan_remove(struct loan **link)
{
    struct loan *loan = *link;
    *link = loan->next;
    loan->lender->loans--;
    free(loan);
}

err_t loan_take(struct holder *borrower, uint64_t pid, uint64_t key, uint32_t as, uint32_t *number)
{
    struct loan **link = &loans;
    while (*link != NULL && ((*link)->pid != pid || (*link)->key != key || (*link)->as != as))
        link = &(*link)->next;
    if (*link == NULL) return ERR_NOT_FOUND;
    struct open_file *file = session_find(&(*link)->lender->session, (*link)->file);
    err_t err = file != NULL ? session_add(&borrower->session, file, number) : ERR_NOT_OPEN;
    if (err == ERR_OK) open_get(file);
    if (err == ERR_OK || err == ERR_NOT_OPEN) loan_remove(link);
    return err;
}

void loans_forget(const struct holder *lender)
{
    for (struct loan **link = &loans; *link != NULL && lender->loans > 0;) {
        if ((*link)->lender == lender)
            loan_remove(link);
        else
            link = &(*link)->next;
    }
}
