/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Tab offers: commands, functions, programs, processes, jobs, cores, services, variables, files.
 */
#include "collect.h"

#include <dirent.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cli/format.h>
#include "jobs.h"
#include "run.h"
#include "shell.h"
#include "usage_run.h"
#include "variables.h"

#define PATH_BYTES 1024

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
    char next[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count;
    do {
        strcpy(after, next);
        if (names_enumerate(names_default(), "", "", after, next, sizeof(next), page, NAMES_PAGE, &count) != ERR_OK) {
            return;
        }
        for (uint32_t i = 0; i < count; i++) {
            word_list_add(list, prefix, page[i].name);
        }
    } while (next[0] != '\0');
}

static void collect_jobs(const char *prefix, struct word_list *list)
{
    struct job job = {0};
    char text[16];
    while (job_next(job.number, &job)) {
        snprintf(text, sizeof text, "%%%u", job.number);
        word_list_add(list, prefix, text);
    }
}

static void collect_cores(const char *prefix, struct word_list *list)
{
    char text[16];
    for (coreid_t core = core_next_up(0); core != CORES_MAX; core = core_next_up((coreid_t)(core + 1))) {
        snprintf(text, sizeof text, "%u", (unsigned)core);
        word_list_add(list, prefix, text);
    }
}

static void collect_variables(const char *prefix, struct word_list *list)
{
    const struct variable *v = NULL;
    for (v = variable_next(NULL); v != NULL; v = variable_next(v->name)) {
        word_list_add(list, prefix, v->name);
    }
}

/* Files of a directory; `shown`: what stands in front of their names in the line. Directories get a slash. */
static void collect_directory(const char *path, const char *shown, const char *prefix, unsigned kind,
                              struct word_list *list)
{
    char name[PATH_BYTES], file[PATH_BYTES];
    struct stat status;
    DIR *directory = opendir(path[0] != '\0' ? path : ".");
    if (directory == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        size_t used = (size_t)snprintf(name, sizeof name - 1, "%s%s", shown, entry->d_name);
        bool fits = used < sizeof name - 1 && (size_t)snprintf(file, sizeof file, "%s/%s", path[0] != '\0' ? path : ".",
                                                               entry->d_name) < sizeof file;
        bool hidden = entry->d_name[0] == '.' && prefix[strlen(shown)] != '.';
        if (!fits || hidden || strncmp(prefix, name, strlen(prefix)) != 0 || stat(file, &status) != 0) {
            continue;
        }
        bool directory = S_ISDIR(status.st_mode), program = S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
        if (directory && kind != COMPLETE_PROGRAM) {
            strcpy(name + used, "/");
        }
        if (kind == COMPLETE_FILE || (kind == COMPLETE_PROGRAM ? program : directory)) {
            word_list_add(list, prefix, name);
        }
    }
    closedir(directory);
}

static void collect_files(const char *prefix, unsigned kind, struct word_list *list)
{
    const char *slash = strrchr(prefix, '/');
    char shown[PATH_BYTES];
    size_t length = slash != NULL ? (size_t)(slash - prefix) + 1 : 0;
    if (length >= sizeof shown) {
        return;
    }
    memcpy(shown, prefix, length);
    shown[length] = '\0';
    collect_directory(shown, shown, prefix, kind, list);
}

static void collect_programs(const char *prefix, struct word_list *list)
{
    const char *directories = variable_get("PATH");
    char path[PATH_BYTES];
    if (strchr(prefix, '/') != NULL) {
        collect_files(prefix, COMPLETE_FILE, list);
        return;
    }
    while (directories != NULL && *directories != '\0') {
        size_t length = strcspn(directories, ":");
        /* Services and tests are found by their names, but nobody wants to see them all. */
        bool shown = strncmp(directories, "/sbin:", 6) != 0 && strncmp(directories, "/test", length) != 0;
        if (shown && length < sizeof path) {
            memcpy(path, directories, length);
            path[length] = '\0';
            collect_directory(path, "", prefix, COMPLETE_PROGRAM, list);
        }
        directories += length + (directories[length] == ':');
    }
}

static void collect_functions(const char *prefix, struct word_list *list)
{
    const char *name = NULL;
    char *text;
    while ((text = function_text(name, &name)) != NULL) {
        word_list_add(list, prefix, name);
        free(text);
    }
}

void collect_words(void *context, unsigned kinds, const char *prefix, struct word_list *list)
{
    (void)context;
    const struct shell_command *c = NULL;
    while ((kinds & COMPLETE_COMMAND) != 0 && (c = shell_command_next(c)) != NULL) {
        word_list_add(list, prefix, c->name);
    }
    if ((kinds & COMPLETE_COMMAND) != 0) {
        collect_functions(prefix, list);
    }
    if ((kinds & COMPLETE_PROGRAM) != 0) {
        collect_programs(prefix, list);
    }
    if ((kinds & COMPLETE_PID) != 0) {
        collect_pids(prefix, list);
    }
    if ((kinds & COMPLETE_SERVICE) != 0) {
        collect_names(prefix, list);
    }
    if ((kinds & COMPLETE_JOB) != 0) {
        collect_jobs(prefix, list);
    }
    if ((kinds & COMPLETE_CORE) != 0) {
        collect_cores(prefix, list);
    }
    if ((kinds & COMPLETE_VARIABLE) != 0) {
        collect_variables(prefix, list);
    }
    if ((kinds & (COMPLETE_FILE | COMPLETE_DIRECTORY)) != 0) {
        collect_files(prefix, (kinds & COMPLETE_FILE) != 0 ? COMPLETE_FILE : COMPLETE_DIRECTORY, list);
    }
}

const char *collect_usage(void *context, const char *command)
{
    (void)context;
    struct program *unused;
    const struct shell_command *c = shell_command_find(command);
    if (function_find(command, &unused) != NULL) {
        return NULL;
    }
    return c != NULL ? c->arguments : usage_of_program(command);
}
