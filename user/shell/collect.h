/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the words come from that Tab offers.
 */
#ifndef SHELL_COLLECT_H
#define SHELL_COLLECT_H

#include "complete.h"

/* For a struct completer. */
const char *collect_usage(void *context, const char *command);
void collect_words(void *context, unsigned kinds, const char *prefix, struct word_list *list);

#endif
