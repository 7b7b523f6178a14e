/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: which open files a client has. Their number is limited by account, that is by process: a process may be several
 * clients, and what it passes on stays on its account until the last holder has closed it.
 */
#include "files.h"
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 8

static struct account *accounts;

static struct account *account_get(uint64_t pid)
{
    struct account *account = accounts;
    while (account != NULL && account->pid != pid)
        account = account->next;
    if (account == NULL) {
        account = calloc(1, sizeof *account);
        if (account == NULL) return NULL;
        account->pid = pid;
        account->next = accounts;
        accounts = account;
    }
    return account;
}

static void account_put(struct account *account)
{
    if (account->clients > 0 || account->files > 0) return;
    struct account **link = &accounts;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account);
}

err_t session_begin(struct session *session, uint64_t pid)
{
    struct account *account = account_get(pid);
    if (account == NULL) return ERR_NO_MEMORY;
    if (account->clients == ACCOUNT_CLIENTS) return ERR_TOO_MANY;
    account->clients++;
    *session = (struct session){.account = account};
    return ERR_OK;
}

err_t session_share(struct session *session, const struct session *by, struct open_file *own)
{
    if (by->account->files == ACCOUNT_FILES) return ERR_TOO_MANY;
    by->account->files++;
    open_get(own);
    *session = (struct session){.account = by->account, .own = own};
    return ERR_OK;
}

static bool table_grow(struct session *session)
{
    uint32_t room = session->room == 0 ? FIRST_ROOM : session->room * 2;
    struct open_file **grown = calloc(room, sizeof *grown);
    if (grown == NULL) return false;
    if (session->room > 0) memcpy(grown, session->file, session->room * sizeof *grown);
    free(session->file);
    session->file = grown;
    session->room = room;
    return true;
}

err_t session_add(struct session *session, struct open_file *file, uint32_t *number)
{
    if (session->account->files == ACCOUNT_FILES) return ERR_TOO_MANY;
    if (session->count == session->room && !table_grow(session)) return ERR_NO_MEMORY;
    uint32_t index = 0;
    while (session->file[index] != NULL)
        index++;
    session->file[index] = file;
    session->count++;
    session->account->files++;
    *number = index + 1;
    return ERR_OK;
}

struct open_file *session_find(const struct session *session, uint32_t number)
{
    if (number == 0) return session->own;
    return number <= session->room ? session->file[number - 1] : NULL;
}

err_t session_close(struct session *session, uint32_t number, struct pipe **pipe)
{
    *pipe = NULL;
    if (number == 0 || session_find(session, number) == NULL) return ERR_NOT_OPEN;
    *pipe = open_put(session->file[number - 1]);
    session->file[number - 1] = NULL;
    session->count--;
    session->account->files--;
    return ERR_OK;
}

bool session_end(struct session *session, struct pipe **pipe)
{
    *pipe = NULL;
    for (uint32_t i = session->room; i > 0; i--) {
        if (session->file[i - 1] == NULL) continue;
        session_close(session, i, pipe);
        return true;
    }
    if (session->own != NULL) {
        *pipe = open_put(session->own);
        session->account->files--;
    } else {
        session->account->clients--;
    }
    account_put(session->account);
    free(session->file);
    *session = (struct session){0};
    return false;
}
