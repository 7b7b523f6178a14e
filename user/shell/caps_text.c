/* SPDX-License-Identifier: BSD-2-Clause */
/* How a capability is shown. */
#include <abi/captypes.h>

#include "caps_why.h"
#include <cli/json.h>

const char *caps_type_text(uint32_t type)
{
    static const char *const types[] = CAP_TYPE_NAMES_INIT;
    return type < CAP_TYPE_COUNT ? types[type] : "?";
}

const char *caps_rights_text(const struct proc_capability *cap)
{
    static char text[4];
    text[0] = cap->rights & CAP_RIGHT_READ ? 'r' : '-';
    text[1] = cap->rights & CAP_RIGHT_WRITE ? 'w' : '-';
    text[2] = cap->rights & CAP_RIGHT_EXECUTE ? 'x' : '-';
    return text;
}

bool caps_is_memory(uint32_t type)
{
    return type != CAP_IRQ && type != CAP_ID && type != CAP_DOORBELL && type != CAP_KERNEL;
}

void caps_json_fields(struct json *json, const struct proc_capability *cap)
{
    json_number(json, "cptr", cap->cptr);
    json_string(json, "type", caps_type_text(cap->type));
    json_bool(json, "read", (cap->rights & CAP_RIGHT_READ) != 0);
    json_bool(json, "write", (cap->rights & CAP_RIGHT_WRITE) != 0);
    json_bool(json, "execute", (cap->rights & CAP_RIGHT_EXECUTE) != 0);
    json_bool(json, "unclean", (cap->flags & 1) != 0);
    json_number(json, "base", cap->base);
    json_number(json, "bytes", cap->bytes);
    json_number(json, "badge", cap->badge);
}
