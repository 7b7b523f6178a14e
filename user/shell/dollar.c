/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What $ stands in front of: parameters, $(...), $((...)).
 */
#include "builder.h"

#include <string.h>

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_special(char c)
{
    return c != '\0' && strchr("?$!#@*-", c) != NULL;
}

/* The name of a parameter; `braces`: a number may have several digits. 0: there is none. */
static const char *parameter_name(struct lexer *lexer, bool braces)
{
    char *name = lexer_alloc(lexer, 1);
    size_t count = 0;
    char c = lexer_peek(lexer, 0);
    bool number = is_digit(c);
    if (!number && !is_name_start(c)) {
        return is_special(c) ? lexer_take(lexer), lexer_copy(lexer, &c, 1) : NULL;
    }
    size_t start = lexer->at;
    size_t room = 0;
    for (; is_digit(c) || (!number && is_name_start(c)); c = lexer_peek(lexer, 0)) {
        if (count == room) {
            size_t grown = room != 0 ? 2 * room : 16;
            char *moved = lexer_alloc(lexer, grown + 1);
            memcpy(moved, name, count);
            name = moved;
            room = grown;
        }
        name[count++] = lexer_take(lexer);
        if (number && !braces) {
            break;
        }
    }
    return lexer->at > start ? name : NULL;
}

/* What follows the name within ${}. */
static void parameter_operator(struct builder *builder, struct part *part, bool quoted, unsigned line)
{
    struct lexer *lexer = builder->lexer;
    char c = lexer_peek(lexer, 0);
    if (c == ':') {
        part->colon = true;
        lexer_take(lexer);
        c = lexer_peek(lexer, 0);
    }
    static const char operators[] = "-=?+#%";
    const char *found = c != '\0' ? strchr(operators, c) : NULL;
    if (found == NULL || (part->colon && found - operators >= 4)) {
        if (c == '\0') {
            lexer_fail_at_end(lexer, line, "this ${ has no }");
        }
        lexer_fail(lexer, line, "'%c' means nothing behind the name in ${...}", c);
    }
    static const enum parameter_op ops[] = {PARAMETER_DEFAULT,     PARAMETER_ASSIGN, PARAMETER_ERROR,
                                            PARAMETER_ALTERNATIVE, PARAMETER_PREFIX, PARAMETER_SUFFIX};
    part->op = ops[found - operators];
    lexer_take(lexer);
    bool pattern = part->op == PARAMETER_PREFIX || part->op == PARAMETER_SUFFIX;
    if (pattern && lexer_peek(lexer, 0) == c) {
        part->op++;
        lexer_take(lexer);
    }
    part->word = word_read_until(lexer, quoted && !pattern ? PLACE_BRACE_QUOTED : PLACE_BRACE);
}

static void braces(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    unsigned line = lexer->line;
    struct part *part = builder_begin(builder, PART_PARAMETER, quoted);
    lexer_enter(lexer);
    lexer_take(lexer);
    char next = lexer_peek(lexer, 1);
    if (lexer_peek(lexer, 0) == '#' && next != '}' && (is_name_start(next) || is_digit(next) || is_special(next)) &&
        !(next == '#' && lexer_peek(lexer, 2) != '}') && !(next == '-' && lexer_peek(lexer, 2) != '}') &&
        !(next == '?' && lexer_peek(lexer, 2) != '}')) {
        lexer_take(lexer);
        part->op = PARAMETER_LENGTH;
    }
    part->text = parameter_name(lexer, true);
    if (part->text == NULL) {
        char c = lexer_peek(lexer, 0);
        if (c == '\0') {
            lexer_fail_at_end(lexer, line, "this ${ has no }");
        }
        lexer_fail(lexer, line, "a name is expected in ${...}, not '%c'", c);
    }
    if (lexer_peek(lexer, 0) != '}') {
        if (part->op == PARAMETER_LENGTH) {
            lexer_fail(lexer, line, "${#%s must end with a }", part->text);
        }
        parameter_operator(builder, part, quoted, line);
    }
    if (lexer_peek(lexer, 0) != '}') {
        lexer_fail_at_end(lexer, line, "this ${ has no }");
    }
    lexer_take(lexer);
    lexer_leave(lexer);
}

/* Is what follows $( an expression, in two pairs of parentheses, and no command? Ends it somewhere, it ends with )). */
static bool is_arithmetic(const struct lexer *lexer)
{
    unsigned depth = 1;
    size_t i = lexer->at + 1;
    if (lexer->text[lexer->at] != '(') {
        return false;
    }
    for (; i < lexer->length; i++) {
        char c = lexer->text[i];
        if (c == '\\') {
            i++;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            return i + 1 >= lexer->length || lexer->text[i + 1] == ')';
        }
    }
    return true;
}

void dollar_read(struct builder *builder, bool quoted)
{
    struct lexer *lexer = builder->lexer;
    lexer_enter(lexer);
    lexer_take(lexer);
    char c = lexer_peek(lexer, 0);
    if (c == '{') {
        braces(builder, quoted);
    } else if (c == '(') {
        lexer_take(lexer);
        unsigned line = lexer->line;
        if (lexer_peek(lexer, 0) == '(' && is_arithmetic(lexer)) {
            struct part *part = builder_begin(builder, PART_ARITHMETIC, quoted);
            lexer_take(lexer);
            part->word = word_read_until(lexer, PLACE_ARITHMETIC);
            if (lexer_peek(lexer, 0) != ')' || lexer_peek(lexer, 1) != ')') {
                lexer_fail_at_end(lexer, line, "this $(( has no ))");
            }
            lexer_take(lexer);
            lexer_take(lexer);
        } else {
            struct part *part = builder_begin(builder, PART_COMMAND, quoted);
            part->commands = lexer->commands(lexer);
        }
    } else if (is_name_start(c) || is_digit(c) || is_special(c)) {
        struct part *part = builder_begin(builder, PART_PARAMETER, quoted);
        part->text = parameter_name(lexer, false);
    } else {
        builder_put(builder, '$', quoted);
    }
    lexer_leave(lexer);
}
