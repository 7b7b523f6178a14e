/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every small program does with its command line: answer --help, refuse what it does not know.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdint.h>

/* A program's description: `usage` is the line after its name, `about` says what it does (lines, each with its newline). */
struct cli {
    const char *name;
    const char *usage;
    const char *about;
};

/* Print the description and end with status 0 if the only argument is --help. */
void cli_begin(const struct cli *cli, int argc, char **argv);

/* Say what is wrong with the arguments (printf) and how they are meant; ends with status 2. */
_Noreturn void cli_refuse(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A decimal number from 0 to `most`, or refuse `text`, calling it `what`. */
uint64_t cli_number(const struct cli *cli, const char *what, const char *text, uint64_t most);

/* Where we are in a command line: begin with {argc, argv, .next = 1}. */
struct cli_options {
    int argc;
    char **argv;
    int next;           /* once all options are taken: the first operand */
    const char *value;  /* of the option that was returned */
    const char *letter; /* the next one of a group like -abc */
};

/*
 * The next option's letter, 0: there are no more. `known` are the letters that there are, each with a colon behind it if it takes a
 * value. Refuses others; answers --help.
 */
int cli_option(const struct cli *cli, struct cli_options *options, const char *known);

/* When this process was refused memory: say on stderr whose limit it met, its own quota or the machine's. */
void cli_no_memory(void);

#endif
