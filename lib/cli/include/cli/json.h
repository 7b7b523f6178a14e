/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON on standard output, for scripts of the host. Elements have a name within an object (0 within an array). Pure.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json {
    unsigned depth;
    bool is_array[8];
    bool filled[8]; /* there is an element already */
};

void json_array(struct json *json, const char *name);
void json_object(struct json *json, const char *name);
/* The array or object that was begun last; the outermost one ends the line. */
void json_end(struct json *json);

void json_number(struct json *json, const char *name, uint64_t number);
void json_string(struct json *json, const char *name, const char *string);
void json_bool(struct json *json, const char *name, bool value);

#endif
