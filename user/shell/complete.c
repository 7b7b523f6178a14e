/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tab completion.
 */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "quoting.h"
#include "usage_words.h"

void word_list_add(struct word_list *list, const char *prefix, const char *word)
{
    size_t bytes = strlen(word) + 1;
    if (strncmp(prefix, word, strlen(prefix)) != 0 || list->count == COMPLETE_WORDS ||
        bytes > sizeof list->pool - list->used) {
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->word[i], word) == 0) {
            return;
        }
    }
    list->word[list->count++] = memcpy(list->pool + list->used, word, bytes);
    list->used += bytes;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t word_list_common(struct word_list *list)
{
    if (list->count == 0) {
        return 0;
    }
    qsort(list->word, list->count, sizeof list->word[0], compare);
    const char *first = list->word[0];
    const char *last = list->word[list->count - 1];
    size_t common = 0;
    while (first[common] != '\0' && first[common] == last[common]) {
        common++;
    }
    return common;
}

/* What the words in capitals of usage lines stand for. Others cannot be completed. */
static const struct {
    const char *word;
    unsigned kinds;
} stands_for[] = {
    {"FILE", COMPLETE_FILE},
    {"PATH", COMPLETE_FILE},
    {"WORD", COMPLETE_FILE},
    {"ARGUMENT", COMPLETE_FILE},
    {"CONDITION", COMPLETE_FILE},
    {"DIRECTORY", COMPLETE_DIRECTORY},
    {"PID", COMPLETE_PID},
    {"%JOB", COMPLETE_JOB},
    {"CORE", COMPLETE_CORE},
    {"SERVICE", COMPLETE_SERVICE},
    {"COMMAND", COMPLETE_COMMAND | COMPLETE_PROGRAM},
    {"PROGRAM", COMPLETE_PROGRAM},
    {"VARIABLE", COMPLETE_VARIABLE},
};

/* The word that is being completed. */
struct wanted {
    const char *prefix;
    unsigned kinds;
    struct word_list *list;
};

static void add_piece(struct wanted *wanted, const char *word, size_t length)
{
    char text[64];
    if (length < sizeof text) {
        memcpy(text, word, length);
        text[length] = '\0';
        word_list_add(wanted->list, wanted->prefix, text);
    }
}

static void take_word(void *context, const char *word, size_t length)
{
    struct wanted *wanted = context;
    if (strchr("%ABCDEFGHIJKLMNOPQRSTUVWXYZ", word[0]) == NULL) {
        if (word[0] >= 'a' && word[0] <= 'z') {
            add_piece(wanted, word, length);
        }
        return;
    }
    for (size_t i = 0; i < sizeof stands_for / sizeof stands_for[0]; i++) {
        if (strlen(stands_for[i].word) == length && memcmp(stands_for[i].word, word, length) == 0) {
            wanted->kinds |= stands_for[i].kinds;
        }
    }
}

static void take_option(void *context, const char *option, size_t length)
{
    add_piece(context, option, length);
}

/* The words between the command and the cursor's. */
static struct usage_place argument_place(const char *usage, const char *text, const struct word_place *word)
{
    struct usage_place place = {0};
    size_t at = word->first + strcspn(text + word->first, " \t");
    while ((at += strspn(text + at, " \t")) < word->start) {
        size_t length = strcspn(text + at, " \t");
        bool value = place.option != NULL;
        place.option = NULL;
        if (!value && length > 1 && text[at] == '-') {
            bool takes = usage_option_has_value(usage, text + at, length) != 0;
            place.option = takes ? text + at : NULL;
            place.option_length = length;
        } else if (!value) {
            place.operand++;
        }
        at += length;
    }
    return place;
}

/* What may stand there: words that the usage line has itself go to the list, kinds of others are given. */
static unsigned argument_kinds(const struct line *line, const struct word_place *word, const char *usage,
                               struct wanted *wanted)
{
    if (usage == NULL) {
        return COMPLETE_FILE; /* what most programs want */
    }
    struct usage_place place = argument_place(usage, line->text, word);
    if (wanted->prefix[0] == '-' && place.option == NULL) {
        usage_options(usage, take_option, wanted);
        word_list_add(wanted->list, wanted->prefix, "--help");
        return COMPLETE_NOTHING;
    }
    wanted->kinds = COMPLETE_NOTHING;
    usage_words(usage, &place, take_word, wanted);
    return wanted->kinds;
}

/* Where in a word the name of a variable begins that is being typed: behind its last $ or ${. 0: there is none. */
static size_t variable_start(const char *word, size_t length)
{
    size_t at = length;
    while (at > 0 && (word[at - 1] == '_' || (word[at - 1] >= '0' && word[at - 1] <= '9') ||
                      (word[at - 1] >= 'a' && word[at - 1] <= 'z') || (word[at - 1] >= 'A' && word[at - 1] <= 'Z'))) {
        at--;
    }
    bool brace = at > 1 && word[at - 1] == '{';
    size_t dollar = brace ? at - 1 : at;
    return dollar > 0 && word[dollar - 1] == '$' && (dollar < 2 || word[dollar - 2] != '\\') ? at : 0;
}

/* Type what the words of the list have in common beyond `length` bytes, and show them if they have nothing. */
static void list_use(struct line *line, bool again, struct word_list *list, size_t length, char quote, const char *end)
{
    size_t common = word_list_common(list);
    char *typed = common > length ? malloc((common - length) * 4) : NULL;
    if (typed != NULL) {
        line_insert(line, typed, word_quote(list->word[0] + length, common - length, quote, typed));
    }
    free(typed);
    if (list->count == 1 && (common == 0 || list->word[0][common - 1] != '/')) { /* a directory may be gone on with */
        line_insert(line, &quote, quote != 0);
        line_insert(line, end, strlen(end));
    } else if (list->count > 1 && again) {
        line_list(line, list->word, list->count);
    } else if (common <= length) {
        line->host->show(line->host->context, "\a", 1);
    }
}

static void complete_variable(struct line *line, bool again, const struct completer *completer, size_t start,
                              struct word_list *list)
{
    char name[64];
    size_t length = line->cursor - start;
    bool brace = line->text[start - 1] == '{';
    if (length < sizeof name) {
        memcpy(name, line->text + start, length);
        name[length] = '\0';
        completer->collect(completer->context, COMPLETE_VARIABLE, name, list);
        list_use(line, again, list, length, 0, brace ? "}" : " ");
    }
}

static void complete_word(struct line *line, bool again, const struct completer *completer, struct word_list *list,
                          char *prefix)
{
    char command[32];
    struct word_place place = place_find(line->text, line->cursor, command, sizeof command);
    const char *word = line->text + place.start;
    size_t length = line->cursor - place.start, variable = variable_start(word, length);
    char quote = word_unquote(word, length, prefix);
    struct wanted wanted = {.prefix = prefix, .list = list};
    if (variable > 0 && quote != '\'') {
        complete_variable(line, again, completer, place.start + variable, list);
        return;
    }
    unsigned kinds = COMPLETE_FILE;
    if (!place.redirection && place.index == 0) {
        kinds = COMPLETE_COMMAND | COMPLETE_PROGRAM;
    } else if (!place.redirection) {
        kinds = argument_kinds(line, &place, completer->usage(completer->context, command), &wanted);
    }
    if (kinds != COMPLETE_NOTHING) {
        completer->collect(completer->context, kinds, prefix, list);
    }
    list_use(line, again, list, strlen(prefix), quote, " ");
}

void complete_line(struct line *line, bool again, const struct completer *completer)
{
    struct word_list *list = calloc(1, sizeof *list);
    char *prefix = malloc(line->cursor + 1);
    if (list != NULL && prefix != NULL) {
        complete_word(line, again, completer, list, prefix);
    }
    free(prefix);
    free(list);
}
