/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage lines, from left to right. What may be left out makes it uncertain the how manieth argument a later word is: each word has a range.
 */
#include "usage_words.h"

#include <stdbool.h>
#include <string.h>

#define GROUPS 8

struct range {
    unsigned least, most;
};

struct scan {
    const char *at;
    struct range next; /* which argument the next word is */
    struct {
        struct range start;
        unsigned reached;
    } group[GROUPS]; /* [0]: the whole line */
    unsigned depth;
};

static size_t word_length(const char *word)
{
    size_t length = strcspn(word, " []|");
    const char *dots = strstr(word, "...");
    return dots != NULL && (size_t)(dots - word) < length ? (size_t)(dots - word) : length;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "PID|%JOB...", "NAME[=VALUE]...": does a word say that there may be more of it? */
static bool repeats(const char *word)
{
    const char *dots = strstr(word, "...");
    return dots != NULL && (size_t)(dots - word) < strcspn(word, " ");
}

/* Behind an option: the value that it takes; NULL: none. */
static const char *value_of(const char *option, size_t length)
{
    bool single = length == 2 || strncmp(option, "--", 2) == 0;
    const char *value = option + length + 1;
    return single && option[length] == ' ' && (is_upper(value[0]) || value[0] == '[') && value[1] != '-' ? value : NULL;
}

static void bracket(struct scan *scan)
{
    unsigned depth = scan->depth;
    if (*scan->at == '[' && depth + 1 < GROUPS) {
        scan->depth++;
        scan->group[scan->depth].start = scan->next;
        scan->group[scan->depth].reached = scan->next.most;
    } else if (*scan->at == ']' && depth > 0) {
        unsigned reached = scan->group[depth].reached;
        scan->next.most = scan->next.most > reached ? scan->next.most : reached;
        scan->next.least = scan->group[depth].start.least;
        scan->depth--;
    }
}

/* "A|B" are two for one place, "[A B | C]" two groups for one. */
static void bar(struct scan *scan, const char *usage)
{
    if (scan->at > usage && scan->at[-1] != ' ') {
        scan->next.least -= scan->next.least > 0;
        scan->next.most -= scan->next.most > 0;
        return;
    }
    unsigned *reached = &scan->group[scan->depth].reached;
    *reached = scan->next.most > *reached ? scan->next.most : *reached;
    scan->next = scan->group[scan->depth].start;
}

static void operand(struct scan *scan, size_t length, const struct usage_place *place, usage_visit visit, void *context)
{
    const char *word = scan->at;
    if (length == 0 || strchr("=,:/+.&", word[0]) != NULL) {
        return; /* a part of the word before */
    }
    bool most = place->operand <= scan->next.most || repeats(word);
    if (place->option == NULL && place->operand >= scan->next.least && most) {
        visit(context, word, length);
    }
    scan->next.least++;
    scan->next.most++;
}

void usage_words(const char *usage, const struct usage_place *place, usage_visit visit, void *context)
{
    struct scan scan = {.at = usage};
    while (*scan.at != '\0') {
        size_t length = word_length(scan.at);
        const char *value = *scan.at == '-' ? value_of(scan.at, length) : NULL;
        if (*scan.at == '[' || *scan.at == ']') {
            bracket(&scan);
        } else if (*scan.at == '|') {
            bar(&scan, usage);
        } else if (value != NULL) {
            bool asked =
                place->option != NULL && place->option_length == length && strncmp(place->option, scan.at, length) == 0;
            length += 1 + (value[0] == '[' ? 0 : word_length(value));
            if (asked && value[0] != '[') {
                visit(context, value, word_length(value));
            }
        } else if (*scan.at != '-') {
            operand(&scan, length, place, visit, context);
        }
        scan.at += length > 0 ? length : 1;
    }
}

/* "-SIGNAL" stands for something. */
static bool is_placeholder(const char *option, size_t length)
{
    size_t upper = 1;
    while (upper < length && is_upper(option[upper])) {
        upper++;
    }
    return length > 2 && upper == length;
}

void usage_options(const char *usage, usage_visit visit, void *context)
{
    char option[2] = "-";
    for (const char *at = usage; *at != '\0'; at++) {
        bool begins = *at == '-' && (at == usage || strchr(" [|", at[-1]) != NULL);
        size_t length = begins ? word_length(at) : 0;
        if (length > 2 && at[1] == '-') {
            visit(context, at, length);
        } else if (length > 1 && at[1] != '-' && !is_placeholder(at, length)) {
            for (size_t i = 1; i < length; i++) {
                option[1] = at[i];
                visit(context, option, sizeof option);
            }
        }
    }
}

int usage_option_has_value(const char *usage, const char *option, size_t length)
{
    for (const char *at = usage; *at != '\0'; at++) {
        bool begins = *at == '-' && (at == usage || strchr(" [|", at[-1]) != NULL);
        if (begins && word_length(at) == length && strncmp(at, option, length) == 0 && value_of(at, length) != NULL) {
            return 1;
        }
    }
    return 0;
}
