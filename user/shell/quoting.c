/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quotes of a word that is being typed.
 */
#include "quoting.h"

#include <string.h>

char word_unquote(const char *word, size_t length, char *plain)
{
    char quote = 0;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        char c = word[i];
        if (c == '\\' && quote != '\'' && i + 1 < length) {
            plain[count++] = word[++i];
        } else if ((c == '\'' || c == '"') && (quote == 0 || quote == c)) {
            quote = quote == 0 ? c : 0;
        } else {
            plain[count++] = c;
        }
    }
    plain[count] = '\0';
    return quote;
}

size_t word_quote(const char *text, size_t length, char quote, char *typed)
{
    const char *special = quote == '"' ? "\"\\$`" : " \t\n\\'\"$`*?[]()<>|&;#!~{}";
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (quote == '\'' && text[i] == '\'') {
            memcpy(typed + count, "'\\''", 4);
            count += 4;
            continue;
        }
        if (quote != '\'' && strchr(special, text[i]) != NULL) {
            typed[count++] = '\\';
        }
        typed[count++] = text[i];
    }
    return count;
}
