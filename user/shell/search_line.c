/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ctrl-R: searching the history while one types. In place of the line stands "(what is searched) line that has it".
 */
#include "line.h"
#include "line_private.h"

#include <stdio.h>
#include <string.h>

enum { KEY_CTRL_G = 7, KEY_CTRL_H = 8, KEY_CTRL_R = 18, KEY_DELETE = 127 };

/* The newest line from `depth` on that has the query in it; 0: none. */
static size_t find(const struct line *line, size_t depth)
{
    const char *entry;
    for (; (entry = history_get(line->history, depth)) != NULL; depth++) {
        if (strstr(entry, line->query) != NULL) {
            return depth;
        }
    }
    return 0;
}

static void paint(struct line *line)
{
    char text[LINE_COLUMNS + 32];
    size_t prompt = strlen(line->prompt);
    const char *match = line->found > 0 ? history_get(line->history, line->found) : "";
    int room = prompt + line->query_length + 4 < LINE_COLUMNS ? (int)(LINE_COLUMNS - prompt - line->query_length - 4) : 0;
    int length = (int)strlen(match) < room ? (int)strlen(match) : room;
    while (length > 0 && line_is_continuation(match[length])) {
        length--;
    }
    int count = snprintf(text, sizeof text, "\r\x1b[%zuC(%s) %.*s\x1b[K", prompt, line->query, length, match);
    line_show(line, text, (size_t)count);
}

static void search(struct line *line, size_t depth)
{
    size_t found = line->query_length > 0 ? find(line, depth) : 0;
    if (found == 0 && line->query_length > 0) {
        line_bell(line);
    } else {
        line->found = found;
    }
    paint(line);
}

void line_search(struct line *line)
{
    line->searching = true;
    line->query[0] = '\0';
    line->query_length = line->found = 0;
    paint(line);
}

/* Show the line again: the one that was found, or what was there before. */
static void leave(struct line *line, bool accept)
{
    line->searching = false;
    if (accept && line->found > 0) {
        line_recall(line, line->found);
    } else {
        line_repaint(line);
    }
}

bool line_search_feed(struct line *line, uint8_t byte)
{
    if (byte == KEY_CTRL_R) {
        search(line, line->found + 1);
        return true;
    }
    if (byte == KEY_CTRL_H || byte == KEY_DELETE) {
        line->query_length -= line->query_length > 0;
        line->query[line->query_length] = '\0';
        search(line, 1);
        return true;
    }
    if (byte >= 0x20) {
        if (line->query_length + 1 < sizeof line->query) {
            line->query[line->query_length++] = (char)byte;
            line->query[line->query_length] = '\0';
            search(line, line->found > 0 ? line->found : 1);
        } else {
            line_bell(line);
        }
        return true;
    }
    leave(line, byte != KEY_CTRL_G && byte != 3); /* Ctrl-G and Ctrl-C give it up; Ctrl-C gives up the line as well */
    return byte == KEY_CTRL_G;
}
