/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows, and strings as parts of HTML, JSON and URLs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

/* Room for `more` bytes and a NUL. */
static bool reserve(struct text *text, size_t more)
{
    if (text->failed) {
        return false;
    }
    if (text->bytes + more + 1 > text->room) {
        size_t room = (text->bytes + more + 1) * 2;
        char *data = realloc(text->data, room);
        if (data == NULL) {
            text->failed = true;
            return false;
        }
        text->data = data;
        text->room = room;
    }
    return true;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && reserve(text, (size_t)length)) {
        va_start(arguments, format);
        vsnprintf(text->data + text->bytes, (size_t)length + 1, format, arguments);
        va_end(arguments);
        text->bytes += (size_t)length;
    }
}

void text_add_html(struct text *text, const char *string)
{
    for (; *string != '\0'; string++) {
        switch (*string) {
        case '<':
            text_add(text, "&lt;");
            break;
        case '>':
            text_add(text, "&gt;");
            break;
        case '&':
            text_add(text, "&amp;");
            break;
        case '"':
            text_add(text, "&quot;");
            break;
        default:
            text_add(text, "%c", *string);
        }
    }
}

void text_add_json(struct text *text, const char *string)
{
    text_add(text, "\"");
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        if (c < ' ' || c == '"' || c == '\\' || c == '<') {
            text_add(text, "\\u%04x", c);
        } else {
            text_add(text, "%c", c);
        }
    }
    text_add(text, "\"");
}

void text_add_url(struct text *text, const char *string)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *string != '\0'; string++) {
        if (strchr(plain, *string) != NULL) {
            text_add(text, "%c", *string);
        } else {
            text_add(text, "%%%02X", (unsigned char)*string);
        }
    }
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
