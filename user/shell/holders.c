/* SPDX-License-Identifier: BSD-2-Clause */
/* See holders.h: every core's proc is asked for its processes, and for what each holds. */
#include "holders.h"

#include <cores/cores.h>
#include <stdlib.h>
#include <string.h>

#include "caps_why.h"
#include "shell.h"

#define CAPS_PAGE 32
#define ROOM_LEAST 256

static err_t add(struct holders *holders, const struct proc_info *process, const struct proc_capability *cap)
{
    if (holders->count == holders->room) {
        uint32_t room = holders->room != 0 ? 2 * holders->room : ROOM_LEAST;
        struct holder *list = realloc(holders->list, room * sizeof *list);
        if (list == NULL) {
            return ERR_NO_MEMORY;
        }
        holders->list = list;
        holders->room = room;
    }
    struct holder *holder = &holders->list[holders->count++];
    *holder = (struct holder){.pid = process->pid, .cap = *cap};
    strncpy(holder->name, process->name, sizeof holder->name - 1);
    return ERR_OK;
}

static err_t process_collect(struct holders *holders, const struct proc_info *process, uint64_t base, uint64_t bytes)
{
    static struct proc_capability page[CAPS_PAGE];
    uint32_t first = 0, count;
    do {
        if (proc_caps(cores_proc_of(process->pid), process->pid, first, &first, page, CAPS_PAGE, &count) != ERR_OK) {
            return ERR_OK; /* it has ended */
        }
        for (uint32_t i = 0; i < count; i++) {
            const struct proc_capability *cap = &page[i];
            bool overlaps = cap->base < base + bytes && base < cap->base + cap->bytes;
            err_t error = caps_is_memory(cap->type) && overlaps ? add(holders, process, cap) : ERR_OK;
            if (error != ERR_OK) {
                return error;
            }
        }
    } while (first != 0);
    return ERR_OK;
}

err_t holders_collect(struct holders *holders, uint64_t base, uint64_t bytes)
{
    static struct proc_info page[PROC_PAGE];
    err_t error = ERR_OK;
    *holders = (struct holders){0};
    for (coreid_t core = core_next_up(0); core < CORES_MAX; core = core_next_up(core + 1)) {
        uint64_t after = 0;
        uint32_t count = 0;
        do {
            error = proc_list(cores_proc(core), after, page, PROC_PAGE, &count);
            for (uint32_t i = 0; i < count && error == ERR_OK; i++) {
                error = process_collect(holders, &page[i], base, bytes);
                after = page[i].pid;
            }
        } while (error == ERR_OK && count > 0);
        if (error != ERR_OK) {
            holders_free(holders);
            return error;
        }
    }
    holders_order(holders);
    return ERR_OK;
}

void holders_free(struct holders *holders)
{
    free(holders->list);
    *holders = (struct holders){0};
}

err_t holder_find(pid_abi_t pid, uint32_t cptr, struct proc_capability *cap)
{
    static struct proc_capability page[CAPS_PAGE];
    uint32_t first = cptr, count;
    err_t error = proc_caps(cores_proc_of(pid), pid, first, &first, page, CAPS_PAGE, &count);
    if (error != ERR_OK) {
        return error;
    }
    *cap = page[0];
    return count > 0 && page[0].cptr == cptr ? ERR_OK : ERR_L2_LOOKUP;
}
