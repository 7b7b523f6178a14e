/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `names`: which services there are, on all cores; those that match a pattern and properties.
 */
#include <idl/names.h>
#include <stdio.h>
#include <string.h>

#include <cli/format.h>
#include <cli/json.h>
#include "pattern.h"
#include "shell.h"

struct wish {
    char pattern[NAMES_NAME_MAX + 1];
    char query[NAMES_PROPERTIES_MAX + 1];
    bool as_json;
};

static void properties_json(struct json *json, const char *properties)
{
    char word[NAMES_PROPERTIES_MAX + 1];
    json_object(json, "properties");
    while (*properties != '\0') {
        size_t length = strcspn(properties, " ");
        memcpy(word, properties, length);
        word[length] = '\0';
        char *value = strchr(word, '=');
        if (value != NULL) {
            *value = '\0';
            json_string(json, word, value + 1);
        }
        properties += length + strspn(properties + length, " ");
    }
    json_end(json);
}

static void name_print(struct json *json, const struct names_entry *entry)
{
    char pid[FORMAT_BYTES];
    if (json == NULL) {
        printf(entry->properties[0] != '\0' ? "%-20s %-6s %s\n" : "%-20s %s\n", entry->name, pid_text(entry->pid, pid),
               entry->properties);
        return;
    }
    json_object(json, NULL);
    json_string(json, "name", entry->name);
    json_string(json, "pid", pid_text(entry->pid, pid));
    properties_json(json, entry->properties);
    json_end(json);
}

/* A word with '=' is of the query; of the other there is one, a pattern, or a part of names. */
static const char *word_take(struct wish *wish, const char *word)
{
    if (strchr(word, '=') != NULL) {
        size_t used = strlen(wish->query);
        if (used + strlen(word) + 2 > sizeof(wish->query)) return "properties have at most 255 characters in all";
        if (used > 0) strcat(wish->query, " ");
        strcat(wish->query, word);
        return NULL;
    }
    if (wish->pattern[0] != '\0') return "one pattern at a time";
    bool special = pattern_is_special(word);
    if (strlen(word) + (special ? 0 : 2) > NAMES_NAME_MAX) return "names have at most 63 characters";
    snprintf(wish->pattern, sizeof(wish->pattern), special ? "%s" : "*%s*", word);
    return NULL;
}

static err_t names_print(const struct wish *wish, struct json *json, uint32_t *all)
{
    static struct names_entry page[NAMES_PAGE];
    char next[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count;
    do {
        strcpy(after, next);
        err_t error = names_enumerate(names_default(), wish->pattern, wish->query, after, next, sizeof(next), page,
                                      NAMES_PAGE, &count);
        if (error != ERR_OK) return error;
        for (uint32_t i = 0; i < count; i++) {
            name_print(json, &page[i]);
        }
        *all += count;
    } while (next[0] != '\0');
    return ERR_OK;
}

int command_names(int argc, char **argv)
{
    struct wish wish = {0};
    struct json json = {0};
    uint32_t all = 0;
    for (int i = 1; i < argc; i++) {
        const char *wrong = NULL;
        if (strcmp(argv[i], "-j") == 0) {
            wish.as_json = true;
        } else if (argv[i][0] == '-') {
            wrong = "-j is the only option";
        } else if (argv[i][0] != '\0') {
            wrong = word_take(&wish, argv[i]);
        }
        if (wrong != NULL) return usage("names", wrong);
    }
    if (wish.as_json) json_array(&json, NULL);
    err_t error = names_print(&wish, wish.as_json ? &json : NULL, &all);
    if (error == ERR_INVALID) {
        fprintf(stderr, "names: '%s' is no query: up to four words KEY=PATTERN\n", wish.query);
        return STATUS_USAGE;
    }
    if (error != ERR_OK) return failed("names", "names", error);
    if (wish.as_json) json_end(&json);
    if (all == 0 && (wish.pattern[0] != '\0' || wish.query[0] != '\0')) {
        fprintf(stderr, "names: no service matches%s%s%s%s\n", wish.pattern[0] != '\0' ? " " : "", wish.pattern,
                wish.query[0] != '\0' ? " " : "", wish.query);
        return STATUS_FAILED;
    }
    return STATUS_OK;
}
