/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the shell, and its positional parameters.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

struct shell_state state = {.name = "sh"};

static const struct {
    const char *name;
    char letter;
    enum shell_option option;
} options[] = {
    {"allexport", 'a', OPTION_EXPORT_ALL}, {"noclobber", 'C', OPTION_KEEP},    {"errexit", 'e', OPTION_EXIT},
    {"noglob", 'f', OPTION_NO_GLOB},       {"noexec", 'n', OPTION_NO_EXECUTE}, {"nounset", 'u', OPTION_UNSET},
    {"xtrace", 'x', OPTION_TRACE},
};
#define OPTIONS (sizeof options / sizeof options[0])

const char *option_letters(char text[16])
{
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((state.options & options[i].option) != 0) {
            text[count++] = options[i].letter;
        }
    }
    text[count] = '\0';
    return text;
}

unsigned option_of_letter(char letter)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (options[i].letter == letter) {
            return options[i].option;
        }
    }
    return 0;
}

unsigned option_of_name(const char *name)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return options[i].option;
        }
    }
    return 0;
}

bool option_at(unsigned number, const char **name, char *letter)
{
    if (number >= OPTIONS) {
        return false;
    }
    *name = options[number].name;
    *letter = options[number].letter;
    return true;
}

void parameters_free(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->list[i]);
    }
    free(parameters->list);
    *parameters = (struct parameters){0};
}

bool parameters_copy(struct parameters *copy, char *const *list, size_t count)
{
    *copy = (struct parameters){.list = calloc(count + 1, sizeof *copy->list)};
    if (copy->list == NULL) {
        return false;
    }
    for (; copy->count < count; copy->count++) {
        copy->list[copy->count] = strdup(list[copy->count]);
        if (copy->list[copy->count] == NULL) {
            parameters_free(copy);
            return false;
        }
    }
    return true;
}

struct parameters parameters_swap(struct parameters parameters)
{
    struct parameters old = state.parameters;
    state.parameters = parameters;
    return old;
}

bool parameters_set(char *const *list, size_t count)
{
    struct parameters new;
    if (!parameters_copy(&new, list, count)) {
        return false;
    }
    struct parameters old = parameters_swap(new);
    parameters_free(&old);
    return true;
}
