/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command's usage line ("[-n LINES | -c BYTES] [FILE...]") says about its arguments. Words in capitals stand for something (FILE, PID, CORE),
 * others are meant as they are. Pure.
 */
#ifndef SHELL_USAGE_WORDS_H
#define SHELL_USAGE_WORDS_H

#include <stddef.h>

/* Where an argument stands: behind so many others that are no options; or it is the value of `option` ("-n"; NULL: of none). */
struct usage_place {
    unsigned operand;
    const char *option;
    size_t option_length;
};

typedef void (*usage_visit)(void *context, const char *word, size_t length);

/* The words that may stand there. */
void usage_words(const char *usage, const struct usage_place *place, usage_visit visit, void *context);

/* The options: "-n" each, out of groups like "-abc", too; a long one as it is. */
void usage_options(const char *usage, usage_visit visit, void *context);

/* Does this option have a value? */
int usage_option_has_value(const char *usage, const char *option, size_t length);

#endif
