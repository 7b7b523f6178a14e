/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: reads lines at the console and runs them, or runs a script.
 */
#include <abi/spawn_info.h>
#include <idl/proc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "complete.h"
#include "history.h"
#include "jobs.h"
#include "line.h"
#include "run.h"
#include "session.h"
#include "shell.h"
#include "state.h"
#include "terminal.h"
#include "text.h"

#define PROMPT "capelin> " /* part of the interface: scripts wait for it */
#define INIT 1             /* number of its pid; 0: the shell was started by a process that is gone */
#define PROMPT_MORE "> "   /* the command is not complete yet */

static void complete(void *context, struct line *line, bool again)
{
    static const struct completer completer = {.collect = collect_words, .usage = collect_usage};
    (void)context;
    complete_line(line, again, &completer);
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

static enum line_event read_line(struct line *line, struct history *history, const char *prompt)
{
    static const struct line_host host = {.show = show, .complete = complete};
    enum line_event event = LINE_MORE;
    terminal_interruptible(false);
    line_begin(line, &host, history, prompt);
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

/* Running ------------------------------------------------------------------------------------------ */

/* Does the text end within a command? */
static bool is_incomplete(const char *text)
{
    struct program *program;
    struct parse_error error;
    enum parse_result result = PARSE_OK;
    unsigned line = 1;
    size_t at = 0;
    while ((result = parse_next(text, &at, &line, &program, &error)) == PARSE_OK) {
        program_release(program);
    }
    return result == PARSE_INCOMPLETE;
}

static void run_lines(struct text *text)
{
    char *lines = text_take(text);
    if (lines == NULL) {
        complain("out of memory");
        return;
    }
    jobs_interrupt_clear();
    run_text(lines, 1);
    jobs_interrupt_clear();
    text_free(text);
    fflush(stdout);
}

/* One more line was typed: run what there is, unless it goes on. */
static void take_line(struct text *text, struct line *line, struct history *history)
{
    history_add(history, line->text);
    text_string(text, text->length > 0 ? "\n" : "");
    text_string(text, line->text);
    if (text->failed || !is_incomplete(text_get(text))) {
        run_lines(text);
    }
}

static int interactive(void)
{
    static struct line line;
    static struct history history;
    struct text text = {0};
    state.interactive = true;
    while (state.flow != FLOW_EXIT) {
        state.flow = FLOW_NONE;
        state.loops = state.functions = state.sources = state.conditions = 0;
        jobs_report();
        fflush(stdout);
        switch (read_line(&line, &history, text.length > 0 ? PROMPT_MORE : PROMPT)) {
        case LINE_DONE:
            take_line(&text, &line, &history);
            break;
        case LINE_TOO_LONG:
            complain("that line is too long, it was not run; a line has at most %d characters", LINE_BYTES - 1);
            text_free(&text);
            state.status = STATUS_USAGE;
            break;
        case LINE_INTERRUPT:
            text_free(&text);
            state.status = STATUS_INTERRUPTED;
            break;
        default:
            printf("(Ctrl-D: type 'exit' to end the shell, 'poweroff' to switch off)\n");
            text_free(&text);
            break;
        }
    }
    line_end(&line);
    history_clear(&history);
    run_exit_trap();
    return state.status;
}

/* Is it for us to control the console? Init's child is, and none that another shell has started. */
static bool is_console_shell(void)
{
    struct proc_info self;
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    return isatty(0) && !terminal_was_passed() &&
           (proc_status(proc_default(), pid, &self) != ERR_OK || (uint32_t)self.parent <= INIT);
}

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("usage: %s [-aCefnux] [-c LINE | FILE] [ARGUMENT...]\n"
               "  Read lines at the console, or those of FILE, and run them; -c runs one line and ends.\n",
               argv[0]);
        return STATUS_OK;
    }
    shell_command_tables(language_commands, shell_commands);
    session_start(((const struct spawn_info *)VADDR_INFO)->pid);
    if (argc > 1 || !is_console_shell()) {
        int status = session_run(argc, argv);
        session_end();
        return status;
    }
    err_t error = terminal_open(jobs_interrupt);
    return error == ERR_OK ? interactive() : failed("shell", "cannot start", error);
}
