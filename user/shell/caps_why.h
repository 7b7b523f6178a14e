/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of `caps`. */
#ifndef SHELL_CAPS_WHY_H
#define SHELL_CAPS_WHY_H

#include <idl/proc.h>
#include <stdbool.h>

struct json;

/* caps_text.c: how a capability is shown. */
const char *caps_type_text(uint32_t type);
const char *caps_rights_text(const struct proc_capability *cap);
bool caps_is_memory(uint32_t type);
/* Its fields in the object that was begun. */
void caps_json_fields(struct json *json, const struct proc_capability *cap);

/* caps_why.c: each gives an exit status, and has said what was wrong. `text`: 0x4a200000 or 0.12:1:5. */
int caps_why(const char *text, bool as_json);
int caps_revoke(const char *text, bool dry, bool as_json);

#endif
