/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string that grows, to twice its room at a time.
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 32

static bool make_room(struct text *text, size_t count)
{
    size_t needed, room = text->room != 0 ? text->room : ROOM_FIRST;
    if (text->failed || __builtin_add_overflow(text->length + 1, count, &needed) || needed > TEXT_MAX) {
        text->failed = true;
        return false;
    }
    if (needed <= text->room) {
        return true;
    }
    while (room < needed) {
        room = room > (size_t)-1 / 2 ? needed : 2 * room;
    }
    char *bytes = realloc(text->bytes, room);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t count)
{
    if (!make_room(text, count)) {
        return;
    }
    if (count > 0) {
        memcpy(text->bytes + text->length, bytes, count);
    }
    text->length += count;
    text->bytes[text->length] = '\0';
}

void text_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_put(struct text *text, char c)
{
    text_add(text, &c, 1);
}

void text_repeat(struct text *text, char c, size_t count)
{
    if (make_room(text, count)) {
        memset(text->bytes + text->length, c, count);
        text->length += count;
        text->bytes[text->length] = '\0';
    }
}

void text_number(struct text *text, long long number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", number);
    text_string(text, digits);
}

void text_quoted(struct text *text, const char *string)
{
    text_put(text, '\'');
    for (; *string != '\0'; string++) {
        if (*string == '\'') {
            text_string(text, "'\\''");
        } else {
            text_put(text, *string);
        }
    }
    text_put(text, '\'');
}

const char *text_get(const struct text *text)
{
    return text->bytes != NULL ? text->bytes : "";
}

char *text_take(struct text *text)
{
    text_add(text, "", 0); /* an empty string is one, too */
    char *bytes = text->failed ? NULL : text->bytes;
    if (text->failed) {
        free(text->bytes);
    }
    *text = (struct text){0};
    return bytes;
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
