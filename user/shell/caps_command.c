/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `caps`: what a process holds.
 */
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <cores/cores.h>
#include <idl/proc.h>
#include <stdio.h>
#include <string.h>

#include "caps_why.h"
#include <cli/format.h>
#include <cli/json.h>
#include "shell.h"

#define CAPS_PAGE 32

static void capability_print(const struct proc_capability *cap)
{
    char bytes[FORMAT_BYTES];
    printf("%4u:%-3u %-11s %s ", (unsigned)(cap->cptr >> CNODE_L2_BITS), (unsigned)(cap->cptr % CNODE_L2_SLOTS),
           caps_type_text(cap->type), caps_rights_text(cap));
    switch (cap->type) {
    case CAP_IRQ:
    case CAP_ID:
        printf("%llu, %llu of them", (unsigned long long)cap->base, (unsigned long long)cap->bytes);
        break;
    case CAP_ENDPOINT:
        printf("badge 0x%llx", (unsigned long long)cap->badge);
        break;
    case CAP_KERNEL:
        break;
    default:
        printf("0x%-10llx %s", (unsigned long long)cap->base, bytes_text(cap->bytes, bytes));
        break;
    }
    printf("%s\n", (cap->flags & 1) != 0 ? ", unclean" : "");
}

static void capability_json(struct json *json, const struct proc_capability *cap)
{
    json_object(json, NULL);
    caps_json_fields(json, cap);
    json_end(json);
}

/* All capabilities, each printed; how many. */
static err_t capabilities_walk(pid_abi_t pid, struct json *json, uint32_t *all)
{
    static struct proc_capability page[CAPS_PAGE];
    uint32_t first = 0, count = 0;
    do {
        err_t error = proc_caps(cores_proc_of(pid), pid, first, &first, page, CAPS_PAGE, &count);
        if (error != ERR_OK) {
            return error;
        }
        if (json != NULL && *all == 0) {
            json_array(json, NULL);
        }
        for (uint32_t i = 0; i < count; i++) {
            if (json != NULL) {
                capability_json(json, &page[i]);
            } else {
                capability_print(&page[i]);
            }
        }
        *all += count;
    } while (first != 0);
    return ERR_OK;
}

static int caps_list(const char *text, bool as_json)
{
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    struct json json = {0};
    uint32_t all = 0;
    if (text != NULL && !pid_parse(text, &pid)) {
        fprintf(stderr, "caps: '%.24s' is not a process id; they look like 0.12 ('ps' lists them)\n", text);
        return STATUS_USAGE;
    }
    err_t error = capabilities_walk(pid, as_json ? &json : NULL, &all);
    if (error == ERR_NOT_FOUND) {
        fprintf(stderr, "caps: no process %.24s; 'ps' lists them\n", text != NULL ? text : "of the shell's own");
        return STATUS_FAILED;
    }
    if (error != ERR_OK) {
        return failed("caps", "proc", error);
    }
    if (as_json) {
        json_end(&json);
    } else {
        printf("%u capabilities\n", (unsigned)all);
    }
    return STATUS_OK;
}

int command_caps(int argc, char **argv)
{
    bool as_json = argc > 1 && strcmp(argv[1], "-j") == 0;
    int left = argc - 1 - as_json;
    char **rest = argv + 1 + as_json;
    bool is_why = left > 0 && strcmp(rest[0], "why") == 0, is_revoke = left > 0 && strcmp(rest[0], "revoke") == 0;
    if (is_why && left == 2) {
        return caps_why(rest[1], as_json);
    }
    if (is_revoke && left == 3 && strcmp(rest[1], "--dry-run") == 0) {
        return caps_revoke(rest[2], true, as_json);
    }
    if (is_revoke && left == 2 && !as_json && strcmp(rest[1], "--dry-run") != 0) {
        return caps_revoke(rest[1], false, false);
    }
    if (is_why || is_revoke) {
        return usage("caps", "of which object?");
    }
    if (left > 1) {
        return usage("caps", "one process at a time");
    }
    return caps_list(left > 0 ? rest[0] : NULL, as_json);
}
