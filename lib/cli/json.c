/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259), written as it comes.
 */
#include <cli/json.h>

#include <stdio.h>

static void put_string(const char *string)
{
    putchar('"');
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void element(struct json *json, const char *name)
{
    if (json->depth > 0) {
        bool *filled = &json->filled[json->depth - 1];
        fputs(*filled ? ", " : "", stdout);
        *filled = true;
    }
    if (name != NULL) {
        put_string(name);
        printf(": ");
    }
}

static void begin(struct json *json, const char *name, bool is_array)
{
    element(json, name);
    json->is_array[json->depth] = is_array;
    json->filled[json->depth++] = false;
    putchar(is_array ? '[' : '{');
}

void json_array(struct json *json, const char *name)
{
    begin(json, name, true);
}

void json_object(struct json *json, const char *name)
{
    begin(json, name, false);
}

void json_end(struct json *json)
{
    putchar(json->is_array[--json->depth] ? ']' : '}');
    if (json->depth == 0) {
        putchar('\n');
    }
}

void json_number(struct json *json, const char *name, uint64_t number)
{
    element(json, name);
    printf("%llu", (unsigned long long)number);
}

void json_string(struct json *json, const char *name, const char *string)
{
    element(json, name);
    put_string(string);
}

void json_bool(struct json *json, const char *name, bool value)
{
    element(json, name);
    fputs(value ? "true" : "false", stdout);
}
