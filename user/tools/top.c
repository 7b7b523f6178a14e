/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * top: all cores and the busiest processes, again and again. At the console each view takes the place of the one before, and q ends it; into a
 * pipe or a file they follow each other. It sleeps in between.
 */
#include "tools.h"
#include "top_sample.h"

#include <caps/caps.h>
#include <cli/format.h>
#include <cli/json.h>
#include <libc/console.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>
#include <unistd.h>

#define LINES 20     /* processes at the console */
#define FIRST_MS 250 /* until the first view */
#define MS 1000
#define INTERVAL_MAX 3600
#define LOAD_BYTES 16

static const struct cli cli = {"top", "[-j] [-m] [-b] [-d SECONDS] [-n COUNT]",
                               "  Show how busy the cores and the processes are, every second, until q or Ctrl-C.\n"
                               "  -b  one view after the other, with all processes, as into a pipe\n"
                               "  -d  so many seconds between two\n"
                               "  -j  one view as JSON\n"
                               "  -m  most memory first\n"
                               "  -n  only so many views\n"};

static struct sample samples[2];
static struct semaphore quit;
static bool by_memory;
static const struct sample *shown, *before; /* for the order */

static int by_need(const void *a, const void *b)
{
    const struct proc_info *left = *(const struct proc_info *const *)a, *right = *(const struct proc_info *const *)b;
    unsigned left_load = process_load(before, shown, left), right_load = process_load(before, shown, right);
    if (!by_memory && left_load != right_load) {
        return left_load < right_load ? 1 : -1;
    }
    if (left->ram != right->ram) {
        return left->ram < right->ram ? 1 : -1;
    }
    return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static const struct proc_info **sorted(void)
{
    static const struct proc_info *order[PROCESSES_MAX];
    for (uint32_t i = 0; i < shown->count; i++) {
        order[i] = &shown->process[i];
    }
    qsort(order, shown->count, sizeof order[0], by_need);
    return order;
}

static const char *load_text(unsigned load, char *text)
{
    snprintf(text, LOAD_BYTES, "%u.%u", load / 10, load % 10);
    return text;
}

static const char *state_text(unsigned state)
{
    static const char *const texts[] = {"new", "running", "waiting", "paused", "ended"};
    return state < sizeof texts / sizeof texts[0] ? texts[state] : "?";
}

/* `end`: of each line. */
static void view_print(uint32_t lines, const char *end)
{
    char load[LOAD_BYTES], memory[FORMAT_BYTES], free[FORMAT_BYTES], pid[FORMAT_BYTES];
    printf("CORE   LOAD%%   MEMORY     FREE%s", end);
    for (coreid_t id = 0; id < CORES_MAX; id++) {
        const struct core_sample *core = &shown->core[id];
        if (core->up) {
            printf("%4u  %6s %8s %8s%s", (unsigned)id, load_text(core_load(&before->core[id], core), load),
                   bytes_text(core->memory, memory), bytes_text(core->free, free), end);
        }
    }
    printf("%sPID      CORE  STATE       RAM   CPU%%  NAME%s", end, end);
    const struct proc_info **order = sorted();
    for (uint32_t i = 0; i < shown->count && i < lines; i++) {
        const struct proc_info *process = order[i];
        printf("%-8s %-5u %-8s %6s %6s  %s%s", pid_text(process->pid, pid), (unsigned)(process->pid >> 32),
               state_text(process->state), bytes_text(process->ram, memory),
               load_text(process_load(before, shown, process), load), process->name, end);
    }
}

static void process_json(struct json *json, const struct proc_info *process)
{
    char pid[FORMAT_BYTES];
    json_object(json, NULL);
    json_string(json, "pid", pid_text(process->pid, pid));
    json_number(json, "core", process->pid >> 32);
    json_string(json, "state", state_text(process->state));
    json_number(json, "ram", process->ram);
    json_number(json, "load_permille", process_load(before, shown, process));
    json_string(json, "name", process->name);
    json_end(json);
}

static void view_json(void)
{
    struct json json = {0};
    json_object(&json, NULL);
    json_number(&json, "interval_us", us_from_ticks(shown->ticks - before->ticks));
    json_array(&json, "cores");
    for (coreid_t id = 0; id < CORES_MAX; id++) {
        const struct core_sample *core = &shown->core[id];
        if (!core->up) {
            continue;
        }
        json_object(&json, NULL);
        json_number(&json, "core", id);
        json_number(&json, "load_permille", core_load(&before->core[id], core));
        json_number(&json, "memory", core->memory);
        json_number(&json, "free", core->free);
        json_end(&json);
    }
    json_end(&json);
    json_array(&json, "processes");
    const struct proc_info **order = sorted();
    for (uint32_t i = 0; i < shown->count; i++) {
        process_json(&json, order[i]);
    }
    json_end(&json);
    json_end(&json);
}

static int keys_read(void *argument)
{
    char key;
    (void)argument;
    while (read(0, &key, 1) == 1) {
        if (key == 'q' || key == 'Q') {
            break;
        }
    }
    semaphore_post(&quit);
    return 0;
}

/* Keys are heard without Enter; without a console to read from there are none. */
static void keys_start(void)
{
    static const struct thread_options options = {.name = "keys", .detached = true};
    struct thread *thread;
    if (isatty(0) && console_set_raw(true) == ERR_OK) {
        thread_create(&thread, keys_read, NULL, &options);
    }
}

static void take(struct sample *sample)
{
    err_t error = sample_take(sample);
    if (error != ERR_OK) {
        fprintf(stderr, "top: proc does not tell of any process: %s\n", err_text(error));
        exit(1);
    }
}

/* Views until there were `count`, nobody reads them any more, or q. */
static void run(uint64_t interval_ms, uint64_t count, bool batch, bool as_json)
{
    unsigned turn = 0;
    uint64_t pause_ms = as_json || batch || interval_ms < FIRST_MS ? interval_ms : FIRST_MS;
    take(&samples[turn]);
    for (uint64_t i = 0; i < count && !ferror(stdout); i++) {
        if (semaphore_wait_until(&quit, deadline_after_ms(pause_ms)) == ERR_OK) {
            return;
        }
        before = &samples[turn];
        turn = 1 - turn;
        take(&samples[turn]);
        shown = &samples[turn];
        if (as_json) {
            view_json();
        } else if (batch) {
            printf("%s", i > 0 ? "\n" : "");
            view_print(PROCESSES_MAX, "\n");
        } else {
            printf("%s", i > 0 ? "\x1b[H" : "\x1b[H\x1b[2J");
            view_print(LINES, "\x1b[K\n");
            printf("\x1b[J");
        }
        fflush(stdout);
        pause_ms = interval_ms;
    }
}

int tool_top(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    bool as_json = false, batch = !isatty(1);
    uint64_t interval = 1, count = UINT64_MAX;
    for (int letter; (letter = cli_option(&cli, &options, "jmbd:n:")) != 0;) {
        as_json |= letter == 'j';
        by_memory |= letter == 'm';
        batch |= letter == 'b';
        interval = letter == 'd' ? cli_number(&cli, "SECONDS", options.value, INTERVAL_MAX) : interval;
        count = letter == 'n' ? cli_number(&cli, "COUNT", options.value, INT64_MAX) : count;
    }
    if (options.next < argc) {
        cli_refuse(&cli, "there are only options");
    }
    if (interval == 0) {
        cli_refuse(&cli, "0 seconds are no time to look at");
    }
    semaphore_init(&quit, 0);
    if (!batch && !as_json) {
        keys_start();
    }
    run(interval * MS, as_json ? 1 : count, batch, as_json);
    return ferror(stdout) != 0;
}
