/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `caps why` and `caps revoke`: who holds an object, from where it came, and what goes when it is revoked. The shell revokes what it
 * holds itself and nothing else: whoever may look is not who may take away.
 */
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <string.h>

#include "caps_why.h"
#include <cli/format.h>
#include "holders.h"
#include <cli/json.h>
#include "shell.h"

#define OWN_PID (((const struct spawn_info *)VADDR_INFO)->pid)

/* What is asked about. */
struct object {
    const char *text;
    bool by_name;               /* a slot, else just an address */
    pid_abi_t pid;              /* whose slot */
    struct proc_capability cap; /* an address: one byte there */
};

static bool hex_parse(const char *text, uint64_t *value)
{
    *value = 0;
    if (text[0] != '0' || text[1] != 'x' || text[2] == '\0' || strlen(text) > 18) {
        return false;
    }
    for (text += 2; *text != '\0'; text++) {
        const char *digits = "0123456789abcdef", *found = strchr(digits, *text | 0x20);
        if (found == NULL) {
            return false;
        }
        *value = *value << 4 | (uint64_t)(found - digits);
    }
    return true;
}

/* "64" or "1:0". */
static bool cptr_parse(char *text, uint64_t *cptr)
{
    uint64_t first, second;
    char *colon = strchr(text, ':');
    if (colon == NULL) {
        return number_parse(text, UINT32_MAX >> 1, cptr);
    }
    *colon = '\0';
    bool good = number_parse(text, UINT16_MAX, &first) && number_parse(colon + 1, CNODE_L2_SLOTS - 1, &second);
    *colon = ':';
    *cptr = good ? first << CNODE_L2_BITS | second : 0;
    return good;
}

/* "0.12:1:5", "0.12:69". */
static bool name_parse(const char *text, pid_abi_t *pid, uint64_t *cptr)
{
    char copy[48];
    if (strlen(text) >= sizeof copy) {
        return false;
    }
    strcpy(copy, text);
    char *colon = strchr(copy, ':');
    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    return pid_parse(copy, pid) && cptr_parse(colon + 1, cptr);
}

/* 0, or the status of a failure that was told. */
static int object_parse(const char *text, struct object *object)
{
    uint64_t cptr, address;
    *object = (struct object){.text = text};
    if (hex_parse(text, &address)) {
        object->cap = (struct proc_capability){.base = address, .bytes = 1};
        return STATUS_OK;
    }
    if (!name_parse(text, &object->pid, &cptr)) {
        fprintf(
            stderr,
            "caps: '%.40s' is neither an address like 0x4a200000 nor a slot like 0.12:1:5 ('caps 0.12' lists them)\n",
            text);
        return STATUS_USAGE;
    }
    object->by_name = true;
    err_t error = holder_find(object->pid, (uint32_t)cptr, &object->cap);
    if (error == ERR_NOT_FOUND) {
        fprintf(stderr, "caps: there is no such process; 'ps' lists them\n");
    } else if (error == ERR_L2_LOOKUP) {
        fprintf(stderr, "caps: %.40s: that slot is empty\n", text);
    } else if (error != ERR_OK) {
        failed("caps", "proc", error);
    }
    return error == ERR_OK ? STATUS_OK : STATUS_FAILED;
}

static void holder_print(const struct holder *holder)
{
    char pid[FORMAT_BYTES], bytes[FORMAT_BYTES], slot[FORMAT_BYTES], type[FORMAT_BYTES + 16];
    snprintf(slot, sizeof slot, "%u:%u", (unsigned)(holder->cap.cptr >> CNODE_L2_BITS),
             (unsigned)(holder->cap.cptr % CNODE_L2_SLOTS));
    unsigned indent = holder->depth < 8 ? 2 * holder->depth : 16;
    snprintf(type, sizeof type, "%*s%s", (int)indent, "", caps_type_text(holder->cap.type));
    printf("%-22s %-4s 0x%-10llx %6s  %-8s %-7s %s\n", type, caps_rights_text(&holder->cap),
           (unsigned long long)holder->cap.base, bytes_text(holder->cap.bytes, bytes), pid_text(holder->pid, pid), slot,
           holder->name);
}

static void holder_json(struct json *json, const struct holder *holder)
{
    char pid[FORMAT_BYTES];
    json_object(json, NULL);
    json_string(json, "pid", pid_text(holder->pid, pid));
    json_string(json, "name", holder->name);
    json_number(json, "core", holder->pid >> 32);
    json_number(json, "depth", holder->depth);
    caps_json_fields(json, &holder->cap);
    json_end(json);
}

/* "0, 2": the cores in a mask. */
static const char *cores_text(uint64_t mask, char *text, size_t room)
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned core = 0; core < CORES_MAX && length + 8 < room; core++) {
        if (mask >> core & 1) {
            length += (size_t)snprintf(text + length, room - length, "%s%u", length != 0 ? ", " : "", core);
        }
    }
    return text;
}

static void block_print(const struct monitor_block *block)
{
    char bytes[FORMAT_BYTES], pid[FORMAT_BYTES], cores[CORES_MAX * 4 + 8];
    if (block->pid == 0) {
        printf("free: %s from 0x%llx on, with mem of core %u\n", bytes_text(block->bytes, bytes),
               (unsigned long long)block->base, (unsigned)block->home);
        return;
    }
    printf("a block of %s from 0x%llx on, that mem of core %u gave to %s%s\n", bytes_text(block->bytes, bytes),
           (unsigned long long)block->base, (unsigned)block->home, pid_text(block->pid, pid),
           block->ended ? ", which has ended: others have it" : "");
    if (block->sharers != 0) {
        printf("shared by cores %s\n", cores_text(block->sharers, cores, sizeof cores));
    }
}

static void block_json(struct json *json, const struct monitor_block *block)
{
    char pid[FORMAT_BYTES];
    json_object(json, "block");
    json_number(json, "base", block->base);
    json_number(json, "bytes", block->bytes);
    json_number(json, "home", block->home);
    json_string(json, "given_to", block->pid != 0 ? pid_text(block->pid, pid) : "");
    json_bool(json, "ended", block->ended);
    json_array(json, "sharers");
    for (unsigned core = 0; core < CORES_MAX; core++) {
        if (block->sharers >> core & 1) {
            json_number(json, NULL, core);
        }
    }
    json_end(json);
    json_end(json);
}

static void holders_show(const struct holders *holders, struct json *json, const char *name)
{
    if (json != NULL) {
        json_array(json, name);
    } else if (holders->count > 0) {
        printf("%-22s %-4s %-12s %6s  %-8s %-7s %s\n", "TYPE", "", "BASE", "BYTES", "PID", "SLOT", "PROCESS");
    }
    for (uint32_t i = 0; i < holders->count; i++) {
        if (json != NULL) {
            holder_json(json, &holders->list[i]);
        } else {
            holder_print(&holders->list[i]);
        }
    }
    if (json != NULL) {
        json_end(json);
    }
}

/* Of what overlaps it: its ancestors, its copies, and what was made of it; not what lies beside it in the same ancestor. */
static void keep_relatives(struct holders *holders, const struct proc_capability *of)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < holders->count; i++) {
        const struct proc_capability *cap = &holders->list[i].cap;
        if (holder_is_same(cap, of) || holder_is_below(cap, of) || holder_is_below(of, cap)) {
            holders->list[kept++] = holders->list[i];
        }
    }
    holders->count = kept;
    holders_order(holders);
}

int caps_why(const char *text, bool as_json)
{
    struct object object;
    struct holders holders;
    struct monitor_block block;
    struct json json = {0};
    int status = object_parse(text, &object);
    if (status != STATUS_OK) {
        return status;
    }
    if (!caps_is_memory(object.cap.type)) {
        fprintf(stderr, "caps: %.40s is no memory, and nobody keeps who has it\n", text);
        return STATUS_FAILED;
    }
    err_t error = holders_collect(&holders, object.cap.base, object.cap.bytes);
    if (error != ERR_OK) {
        return failed("caps", "proc", error);
    }
    if (object.by_name) {
        keep_relatives(&holders, &object.cap);
    }
    bool is_ram = monitor_block(monitor_default(), object.cap.base, &block) == ERR_OK;
    if (as_json) {
        json_object(&json, NULL);
        json_number(&json, "address", object.cap.base);
        if (is_ram) {
            block_json(&json, &block);
        }
        holders_show(&holders, &json, "holders");
        json_end(&json);
    } else {
        if (is_ram) {
            block_print(&block);
        } else {
            printf("no RAM that mem ever had: a device, or the kernel's or init's since boot\n");
        }
        holders_show(&holders, NULL, NULL);
    }
    if (!is_ram && holders.count == 0 && !as_json) {
        printf("nobody has a capability for it\n");
    }
    holders_free(&holders);
    return STATUS_OK;
}

/* What goes: copies and descendants of the object, but not the slot itself. */
static void keep_doomed(struct holders *holders, const struct object *object)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < holders->count; i++) {
        const struct holder *holder = &holders->list[i];
        bool itself = holder->pid == object->pid && holder->cap.cptr == object->cap.cptr;
        if (!itself && (holder_is_same(&holder->cap, &object->cap) || holder_is_below(&holder->cap, &object->cap))) {
            holders->list[kept++] = *holder;
        }
    }
    holders->count = kept;
    holders_order(holders);
}

/* An address means the outermost capability there: the shell's own, if it has one. False: nobody has any (told). */
static bool object_choose(struct object *object)
{
    struct holders holders;
    const struct holder *chosen = NULL;
    if (holders_collect(&holders, object->cap.base, object->cap.bytes) != ERR_OK) {
        return false;
    }
    for (uint32_t i = 0; i < holders.count; i++) {
        const struct holder *holder = &holders.list[i];
        if (holder->cap.type == CAP_ARENA) {
            continue; /* mem's, which nobody revokes */
        }
        if (chosen == NULL || (holder->pid == OWN_PID && chosen->pid != OWN_PID)) {
            chosen = holder;
        }
    }
    if (chosen != NULL) {
        object->pid = chosen->pid;
        object->cap = chosen->cap;
    } else {
        fprintf(stderr, "caps: nobody has a capability for %.40s\n", object->text);
    }
    holders_free(&holders);
    return chosen != NULL;
}

/* As it is now; or ERR_OK and what goes. */
static err_t doomed_collect(const struct object *object, struct holders *holders)
{
    err_t error = holders_collect(holders, object->cap.base, object->cap.bytes);
    if (error == ERR_OK) {
        keep_doomed(holders, object);
    }
    return error;
}

static int revoke_now(const struct object *object, uint32_t before)
{
    struct holders left;
    err_t error = cap_revoke(object->cap.cptr);
    if (error != ERR_OK) {
        return failed("caps", object->text, error);
    }
    error = doomed_collect(object, &left);
    if (error != ERR_OK) {
        return failed("caps", "proc", error);
    }
    printf("revoked: %u capabilities are gone, %u are left\n", (unsigned)(before - left.count), (unsigned)left.count);
    holders_free(&left);
    return STATUS_OK;
}

int caps_revoke(const char *text, bool dry, bool as_json)
{
    struct object object;
    struct holders doomed;
    struct json json = {0};
    char pid[FORMAT_BYTES];
    int status = object_parse(text, &object);
    if (status != STATUS_OK || (!object.by_name && !object_choose(&object))) {
        return status != STATUS_OK ? status : STATUS_FAILED;
    }
    if (!dry && object.pid != OWN_PID) {
        fprintf(
            stderr,
            "caps: %.40s is %s's, and only who holds a capability may revoke it ('kill %s' ends all that it holds)\n",
            text, pid_text(object.pid, pid), pid);
        return STATUS_FAILED;
    }
    bool can = caps_is_memory(object.cap.type) && object.cap.type != CAP_ARENA;
    err_t error = can ? doomed_collect(&object, &doomed) : ERR_CAP_TYPE;
    if (error != ERR_OK) {
        return failed("caps", text, error);
    }
    if (as_json) {
        json_object(&json, NULL);
        json_string(&json, "pid", pid_text(object.pid, pid));
        caps_json_fields(&json, &object.cap);
        holders_show(&doomed, &json, "goes");
        json_end(&json);
    } else if (dry) {
        holders_show(&doomed, NULL, NULL);
        printf("%u capabilities would go; %s keeps its own, a %s\n", (unsigned)doomed.count, pid_text(object.pid, pid),
               caps_type_text(object.cap.type));
    }
    status = dry ? STATUS_OK : revoke_now(&object, doomed.count);
    holders_free(&doomed);
    return status;
}
