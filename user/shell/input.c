/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `read` and `getopts`.
 */
#include "language.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grammar.h"
#include "jobs.h"
#include "platform.h"
#include "run.h"
#include "shell.h"
#include "state.h"
#include "text.h"
#include "variables.h"

/* read -------------------------------------------------------------------------------------------- */

/* A line without its newline, no byte beyond it; `escapes` has 1 for what a backslash protects. False: the input ended first. */
static bool read_line(struct text *line, struct text *escapes, bool raw)
{
    char c;
    bool escaped = false;
    errno = 0;
    while (read(0, &c, 1) == 1) {
        if (c == '\\' && !raw && !escaped) {
            escaped = true;
            continue;
        }
        if (c == '\n' && !escaped) {
            return true;
        }
        if (c != '\0' && c != '\n') {
            text_put(line, c);
            text_put(escapes, escaped ? 1 : 0);
        }
        escaped = false;
    }
    if (errno == EINTR) { /* Ctrl-C while the shell itself reads the console */
        jobs_interrupt();
    }
    return false;
}

static int assign_fields(int count, char **names, const struct text *line, const struct text *escapes)
{
    struct fields fields = {0};
    if (!expand_split(text_get(line), text_get(escapes), (size_t)count, &fields)) {
        complain("read: out of memory");
        fields_free(&fields);
        return STATUS_FAILED;
    }
    int status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        if (variable_set(names[i], (size_t)i < fields.count ? fields.list[i] : "", 0) != VARIABLE_OK) {
            complain("read: %.60s: it may only be read", names[i]);
            status = STATUS_USAGE;
        }
    }
    fields_free(&fields);
    return status;
}

int command_read(int argc, char **argv)
{
    struct text line = {0}, escapes = {0};
    int first = 1;
    bool raw = false;
    for (; first < argc && argv[first][0] == '-' && argv[first][1] != '\0'; first++) {
        if (strcmp(argv[first], "--") == 0) {
            first++;
            break;
        }
        if (strcmp(argv[first], "-r") == 0) {
            raw = true;
        } else if (strcmp(argv[first], "-p") == 0 && first + 1 < argc) {
            fprintf(stderr, "%s", argv[++first]);
        } else {
            return usage("read", "unknown option '%.20s'", argv[first]);
        }
    }
    if (first == argc) {
        return usage("read", "into which variable?");
    }
    for (int i = first; i < argc; i++) {
        if (!is_name(argv[i])) {
            return usage("read", "'%.40s' is no name for a variable", argv[i]);
        }
    }
    fflush(stdout);
    platform_interruptible(true);
    bool whole = read_line(&line, &escapes, raw);
    int status = assign_fields(argc - first, argv + first, &line, &escapes);
    text_free(&line);
    text_free(&escapes);
    if (run_stops()) {
        return state.status;
    }
    return status != STATUS_OK ? status : whole ? STATUS_OK : STATUS_FAILED;
}

/* getopts ----------------------------------------------------------------------------------------- */

static unsigned option_place; /* in the argument that OPTIND names */
static char option_index[24]; /* OPTIND as we have left it */

static int option_result(const char *name, char letter, const char *argument, size_t index)
{
    char text[2] = {letter, '\0'};
    snprintf(option_index, sizeof option_index, "%zu", index);
    variable_set("OPTIND", option_index, 0);
    if (argument != NULL) {
        variable_set("OPTARG", argument, 0);
    } else {
        variable_unset("OPTARG");
    }
    variable_set(name, text, 0);
    return STATUS_OK;
}

/* The option's letter is in the list, and wants an argument: what is left of this one, or the next. */
static int option_argument(const char *name, char letter, bool silent, const char *rest, size_t index, size_t count,
                           char **list)
{
    option_place = 0;
    if (*rest != '\0') {
        return option_result(name, letter, rest, index + 1);
    }
    if (index < count) {
        return option_result(name, letter, list[index], index + 2);
    }
    char text[2] = {letter, '\0'};
    if (!silent) {
        complain("no argument for option -%c", letter);
    }
    return option_result(name, silent ? ':' : '?', silent ? text : NULL, index + 1);
}

int command_getopts(int argc, char **argv)
{
    if (argc < 3 || !is_name(argv[2])) {
        return usage("getopts", "which options, and into which variable?");
    }
    size_t count = argc > 3 ? (size_t)argc - 3 : state.parameters.count;
    char **list = argc > 3 ? argv + 3 : state.parameters.list;
    const char *known = variable_get("OPTIND");
    size_t index = known != NULL ? strtoul(known, NULL, 10) : 1;
    bool silent = argv[1][0] == ':';
    index = index > 0 ? index : 1;
    if (known == NULL || strcmp(known, option_index) != 0) {
        option_place = 0; /* the script began anew */
    }
    const char *argument = index <= count ? list[index - 1] : NULL;
    if (option_place == 0) {
        if (argument == NULL || argument[0] != '-' || argument[1] == '\0' || strcmp(argument, "--") == 0) {
            bool skip = argument != NULL && strcmp(argument, "--") == 0;
            option_result(argv[2], '?', NULL, index + skip);
            return STATUS_FAILED;
        }
        option_place = 1;
    }
    if (argument == NULL || option_place >= strlen(argument)) {
        option_place = 0;
        return STATUS_FAILED;
    }
    char letter = argument[option_place++];
    const char *found = letter != ':' ? strchr(argv[1], letter) : NULL;
    const char *rest = argument + option_place;
    if (found != NULL && found[1] == ':') {
        return option_argument(argv[2], letter, silent, rest, index, count, list);
    }
    char text[2] = {letter, '\0'};
    if (*rest == '\0') {
        option_place = 0;
        index++;
    }
    if (found == NULL && !silent) {
        complain("unknown option -%c", letter);
    }
    return option_result(argv[2], found != NULL ? letter : '?', found == NULL && silent ? text : NULL, index);
}
