/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script sees of the shell beside its variables: parameters, options, the last exit status. Pure.
 */
#ifndef SHELL_STATE_H
#define SHELL_STATE_H

#include <stdbool.h>
#include <stddef.h>

enum shell_option {
    OPTION_EXPORT_ALL = 1, /* -a */
    OPTION_EXIT = 2,       /* -e: end when a command fails */
    OPTION_NO_GLOB = 4,    /* -f */
    OPTION_NO_EXECUTE = 8, /* -n: only look whether it can be parsed */
    OPTION_UNSET = 16,     /* -u: a parameter without a value is an error */
    OPTION_TRACE = 32,     /* -x */
    OPTION_KEEP = 64       /* -C: > does not overwrite a file */
};

/* What is to happen beside going on with the next command. FLOW_ABANDON: the interactive shell gives this line up. */
enum flow { FLOW_NONE, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_EXIT, FLOW_ABANDON };

struct parameters {
    char **list; /* owned, as are its strings */
    size_t count;
};

struct shell_state {
    const char *name; /* $0 */
    struct parameters parameters;
    int status;          /* $? */
    char process[24];    /* $$ */
    char background[24]; /* $!, "" : there was none */
    unsigned options;    /* enum shell_option, or-ed */
    unsigned line;       /* of the command that runs */
    bool interactive;
    bool subshell; /* runs a part of another shell's script */
    enum flow flow;
    unsigned flow_levels; /* of loops that break and continue have to leave */
    unsigned loops;       /* that we are in */
    unsigned functions;
    unsigned sources;       /* files that are being sourced */
    int substituted;        /* the exit status of the last $( ) */
    bool keep_redirections; /* `exec` wants those of its command to stay */
    unsigned conditions;    /* where a failure is no reason for -e to end */
};

extern struct shell_state state;

/* The letters of the options that are set, for $-. */
const char *option_letters(char text[16]);
/* The option of this letter, 0: there is none; of this long name (errexit...). */
unsigned option_of_letter(char letter);
unsigned option_of_name(const char *name);
/* Its name and letter by number, from 0 on; false: there are no more. */
bool option_at(unsigned number, const char **name, char *letter);

/* New parameters, copied; false without memory (nothing has changed then). */
bool parameters_set(char *const *list, size_t count);
/* Put others in their place, and give back those that were there. */
struct parameters parameters_swap(struct parameters parameters);
void parameters_free(struct parameters *parameters);
bool parameters_copy(struct parameters *copy, char *const *list, size_t count);

#endif
