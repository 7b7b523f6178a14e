/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: reads lines at the console and runs them. `shell -c LINE` runs one line and ends.
 */
#include <caps/caps.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <string.h>

#include "complete.h"
#include "format.h"
#include "history.h"
#include "jobs.h"
#include "line.h"
#include "shell.h"
#include "terminal.h"

#define PROMPT "capelin> " /* part of the interface: scripts wait for it */

/* Completion: where words come from --------------------------------------------------------------- */

static void collect_programs(const char *prefix, struct word_list *list)
{
    static char paths[4096];
    uint32_t next = 0;
    size_t bytes;
    do {
        if (proc_programs(proc_default(), next, &next, paths, sizeof paths, &bytes) != ERR_OK) {
            return;
        }
        for (const char *path = paths; path < paths + bytes; path += strlen(path) + 1) {
            if (strncmp(path, "bin/", 4) == 0) {
                word_list_add(list, prefix, path + 4);
            } else if (strchr(prefix, '/') != NULL) {
                word_list_add(list, prefix, path);
            }
        }
    } while (next != 0);
}

static void collect_pids(const char *prefix, struct word_list *list)
{
    static struct proc_info page[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    char text[FORMAT_BYTES];
    do {
        if (proc_list(proc_default(), after, page, PROC_PAGE, &count) != ERR_OK) {
            return;
        }
        for (uint32_t i = 0; i < count; i++) {
            word_list_add(list, prefix, pid_text(page[i].pid, text));
            after = page[i].pid;
        }
    } while (count > 0);
}

static void collect_names(const char *prefix, struct word_list *list)
{
    static struct names_entry page[NAMES_PAGE];
    uint32_t count;
    if (names_enumerate(names_default(), "", "", page, NAMES_PAGE, &count) == ERR_OK) {
        for (uint32_t i = 0; i < count; i++) {
            word_list_add(list, prefix, page[i].name);
        }
    }
}

static void collect(void *context, unsigned kinds, const char *prefix, struct word_list *list)
{
    (void)context;
    for (const struct shell_command *c = shell_commands; (kinds & COMPLETE_COMMAND) != 0 && c->name != NULL; c++) {
        word_list_add(list, prefix, c->name);
    }
    if ((kinds & COMPLETE_PROGRAM) != 0) {
        collect_programs(prefix, list);
    }
    if ((kinds & COMPLETE_PID) != 0) {
        collect_pids(prefix, list);
    }
    if ((kinds & COMPLETE_NAME) != 0) {
        collect_names(prefix, list);
    }
}

static void complete(void *context, struct line *line, bool again)
{
    complete_line(line, again, collect, context);
}

/* Reading ------------------------------------------------------------------------------------------ */

/* What the editor shows for one piece of input goes out in one write. */
static struct {
    char bytes[1024];
    size_t count;
} shown;

static void show_flush(void)
{
    if (shown.count > 0) {
        terminal_show(shown.bytes, shown.count);
        shown.count = 0;
    }
}

static void show(void *context, const char *bytes, size_t count)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        if (shown.count == sizeof shown.bytes) {
            show_flush();
        }
        shown.bytes[shown.count++] = bytes[i];
    }
}

/*
 * What was typed but not yet looked at: what follows a Ctrl-C. (term ends a piece after a carriage return, so what follows that
 * is still there for the program that the line starts.)
 */
static struct {
    char bytes[64];
    size_t count;
    size_t taken;
} typed;

static enum line_event read_line(struct line *line, struct history *history)
{
    static const struct line_host host = {.show = show, .complete = complete};
    enum line_event event = LINE_MORE;
    line_begin(line, &host, history, PROMPT);
    while (event == LINE_MORE) {
        if (typed.taken < typed.count) {
            event = line_feed(line, (uint8_t)typed.bytes[typed.taken++]);
            continue;
        }
        show_flush();
        typed.taken = 0;
        if (terminal_read(typed.bytes, sizeof typed.bytes, &typed.count) != ERR_OK) {
            typed.count = 0;
            line_redraw(line);
        }
    }
    show_flush();
    return event;
}

static int interactive(void)
{
    static struct line line;
    static struct history history;
    int status = STATUS_OK;
    while (!shell_exiting) {
        jobs_report();
        fflush(stdout);
        switch (read_line(&line, &history)) {
        case LINE_DONE:
            history_add(&history, line.text);
            status = execute_line(line.text, status);
            break;
        case LINE_TOO_LONG:
            fprintf(stderr, "shell: that line is too long, it was not run; a line has at most %d characters\n",
                    LINE_BYTES - 1);
            status = STATUS_USAGE;
            break;
        case LINE_INTERRUPT:
            status = STATUS_INTERRUPTED;
            break;
        default:
            printf("(Ctrl-D: type 'exit' to end the shell, 'poweroff' to switch off)\n");
            break;
        }
    }
    line_end(&line);
    history_clear(&history);
    return status;
}

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("usage: shell [-c LINE]\n  Read lines at the console and run them; -c runs one line and ends.\n");
        return STATUS_OK;
    }
    if (argc != 1 && (argc != 3 || strcmp(argv[1], "-c") != 0)) {
        fprintf(stderr, "shell: unknown arguments; usage: shell [-c LINE]\n");
        return STATUS_USAGE;
    }
    shell_command_table(shell_commands);
    err_t error = jobs_start();
    if (error == ERR_OK && argc == 1) {
        error = terminal_open(jobs_interrupt);
    }
    if (error != ERR_OK) {
        return failed("shell", "cannot start", error);
    }
    return argc == 1 ? interactive() : execute_line(argv[2], STATUS_OK);
}
