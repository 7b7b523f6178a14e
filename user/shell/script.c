/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running texts: one complete command is parsed, then run, then the next.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"
#include "state.h"
#include "text.h"

static char *exit_trap;

bool trap_set(const char *commands)
{
    char *copy = commands != NULL ? strdup(commands) : NULL;
    if (commands != NULL && copy == NULL) {
        return false;
    }
    free(exit_trap);
    exit_trap = copy;
    return true;
}

const char *trap_get(void)
{
    return exit_trap;
}

void run_exit_trap(void)
{
    char *commands = exit_trap;
    int status = state.status;
    exit_trap = NULL;
    if (commands != NULL) {
        state.flow = FLOW_NONE;
        run_text(commands, 1);
        state.status = state.flow == FLOW_EXIT ? state.status : status;
    }
    free(commands);
}

static int mistake(const struct parse_error *error)
{
    state.line = error->line;
    complain("%s", error->message);
    return give_up(STATUS_USAGE);
}

int run_text(const char *text, unsigned line)
{
    struct program *program;
    struct parse_error error;
    size_t at = 0;
    int status = 0;
    while (!run_stops()) {
        enum parse_result result = parse_next(text, &at, &line, &program, &error);
        if (result == PARSE_END) {
            break;
        }
        if (result != PARSE_OK) {
            return mistake(&error);
        }
        status = run_node(program->root);
        program_release(program);
    }
    return state.flow != FLOW_NONE ? state.status : status;
}

/* All of a file; 0: errno. */
static char *file_text(const char *path)
{
    struct text text = {0};
    char bytes[2048];
    ssize_t count = 0;
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return NULL;
    }
    while ((count = read(fd, bytes, sizeof bytes)) > 0) {
        text_add(&text, bytes, (size_t)count);
    }
    int error = count < 0 ? errno : ENOMEM;
    close(fd);
    if (count < 0) {
        text_free(&text);
    } else if (text.length > 0 && memchr(text.bytes, '\0', text.length) != NULL) {
        text_free(&text);
        errno = ENOEXEC;
        return NULL;
    }
    char *all = count < 0 ? NULL : text_take(&text);
    errno = error;
    return all;
}

int run_file(const char *path)
{
    char *text = file_text(path);
    if (text == NULL) {
        complain("cannot read %.200s: %s", path, errno == ENOEXEC ? "this is no script" : strerror(errno));
        return STATUS_NO_COMMAND;
    }
    int status = run_text(text, 1);
    free(text);
    return status;
}

/* One more line of standard input, no byte beyond it, since commands may read on. False: the end. */
static bool read_line(struct text *text)
{
    char c;
    bool any = false;
    while (read(0, &c, 1) == 1) {
        any = true;
        if (c != '\0') {
            text_put(text, c);
        }
        if (c == '\n') {
            break;
        }
    }
    return any && !text->failed;
}

int run_input(void)
{
    struct text text = {0};
    struct parse_error error;
    struct program *program;
    unsigned line = 1;
    while (!run_stops() && read_line(&text)) {
        size_t at = 0;
        unsigned first = line;
        enum parse_result result = parse_next(text_get(&text), &at, &line, &program, &error);
        if (result == PARSE_INCOMPLETE) {
            line = first;
            continue;
        }
        text.length = 0;
        line = result == PARSE_OK || result == PARSE_END ? line : line + 1;
        if (result == PARSE_OK) {
            run_node(program->root);
            program_release(program);
        } else if (result == PARSE_ERROR) {
            mistake(&error);
        }
    }
    if (state.flow == FLOW_NONE && text.length > 0) {
        size_t at = 0;
        if (parse_next(text_get(&text), &at, &line, &program, &error) == PARSE_INCOMPLETE) {
            mistake(&error);
        }
    }
    text_free(&text);
    return state.status;
}
