/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar of POSIX (Shell Command Language, 2.10), one function a rule. Compound commands are in compound.c.
 */
#include "grammar.h"

#include <stdio.h>
#include <string.h>

/* Words that mean something at the start of a command only. */
static const char *const reserved[] = {"!",    "{",  "}",   "case", "do", "done", "elif",  "else",
                                       "esac", "fi", "for", "if",   "in", "then", "until", "while"};

bool token_is(const struct lexer *lexer, const char *word)
{
    return lexer->token.kind == TOKEN_WORD && word_is(lexer->token.word, word);
}

static bool token_is_reserved(const struct lexer *lexer)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (token_is(lexer, reserved[i])) {
            return true;
        }
    }
    return false;
}

void unexpected(struct lexer *lexer, const char *expected)
{
    const struct token *token = &lexer->token;
    if (token->kind == TOKEN_END) {
        lexer->incomplete = true;
        lexer_fail(lexer, token->line, "%s expected, but this is the end", expected);
    }
    if (token->kind == TOKEN_NEWLINE) {
        lexer_fail(lexer, token->line, "%s expected before the end of the line", expected);
    }
    size_t length = token->end - token->start;
    lexer_fail(lexer, token->line, "%s expected, not '%.*s'", expected, (int)(length < 40 ? length : 40),
               lexer->text + token->start);
}

void expect_word(struct lexer *lexer, const char *word)
{
    if (!token_is(lexer, word)) {
        char expected[24];
        snprintf(expected, sizeof expected, "'%s'", word);
        unexpected(lexer, expected);
    }
    token_next(lexer);
}

void skip_newlines(struct lexer *lexer)
{
    while (lexer->token.kind == TOKEN_NEWLINE) {
        token_next(lexer);
    }
}

struct node *node_new(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = lexer_alloc(lexer, sizeof *node);
    *node = (struct node){.kind = kind, .line = lexer->token.line, .source = lexer->source, .start = lexer->token.start};
    return node;
}

bool is_name(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && text[length] == '\0' && !(text[0] >= '0' && text[0] <= '9');
}

/* Simple commands -------------------------------------------------------------------------------- */

static struct redirection *redirection(struct lexer *lexer, int fd)
{
    static const enum redirection_kind kinds[] = {
        [TOKEN_LESS] = REDIRECT_READ,
        [TOKEN_GREAT] = REDIRECT_WRITE,
        [TOKEN_GREATS] = REDIRECT_APPEND,
        [TOKEN_GREAT_PIPE] = REDIRECT_WRITE,
        [TOKEN_LESS_GREAT] = REDIRECT_READ_WRITE,
        [TOKEN_LESS_AND] = REDIRECT_COPY_READ,
        [TOKEN_GREAT_AND] = REDIRECT_COPY_WRITE,
        [TOKEN_HERE] = REDIRECT_HERE,
        [TOKEN_HERE_STRIPPED] = REDIRECT_HERE,
    };
    struct redirection *new = lexer_alloc(lexer, sizeof *new);
    struct token operator_token = lexer->token;
    new->kind = kinds[operator_token.kind];
    bool input = operator_token.kind == TOKEN_LESS || operator_token.kind == TOKEN_LESS_GREAT ||
                 operator_token.kind == TOKEN_LESS_AND || new->kind == REDIRECT_HERE;
    new->fd = fd >= 0 ? fd : input ? 0 : 1;
    if (new->fd > 9) {
        lexer_fail(lexer, operator_token.line, "file descriptors go from 0 to 9, not to %d", new->fd);
    }
    token_next(lexer);
    if (lexer->token.kind != TOKEN_WORD) {
        unexpected(lexer, "a file after a redirection is");
    }
    if (new->kind == REDIRECT_HERE) {
        document_expect(lexer, new, &operator_token, lexer->token.word);
    } else {
        new->word = lexer->token.word;
    }
    token_next(lexer);
    return new;
}

static bool at_redirection(const struct lexer *lexer)
{
    return lexer->token.kind >= TOKEN_LESS || lexer->token.kind == TOKEN_IO_NUMBER;
}

void redirections(struct lexer *lexer, struct redirection **tail)
{
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    while (at_redirection(lexer)) {
        int fd = -1;
        if (lexer->token.kind == TOKEN_IO_NUMBER) {
            fd = lexer->token.number;
            token_next(lexer);
        }
        *tail = redirection(lexer, fd);
        tail = &(*tail)->next;
    }
}

/* NAME=... : the assignment; 0: it is a word like others. */
static struct assignment *assignment(struct lexer *lexer, const struct word *word)
{
    const struct part *first = word->parts;
    const char *equals = first != NULL && first->kind == PART_TEXT && !first->quoted ? strchr(first->text, '=') : NULL;
    char *name = equals != NULL ? lexer_copy(lexer, first->text, (size_t)(equals - first->text)) : NULL;
    if (name == NULL || !is_name(name)) {
        return NULL;
    }
    struct assignment *new = lexer_alloc(lexer, sizeof *new);
    struct part *rest = first->next;
    if (equals[1] != '\0') {
        rest = lexer_alloc(lexer, sizeof *rest);
        *rest = *first;
        rest->text = equals + 1;
    }
    new->name = name;
    new->value = lexer_alloc(lexer, sizeof *new->value);
    new->value->parts = rest;
    return new;
}

static struct node *function_definition(struct lexer *lexer, struct node *node)
{
    bool quoted;
    const char *name = word_plain(lexer, node->words, &quoted);
    if (name == NULL || quoted || !is_name(name)) {
        lexer_fail(lexer, node->line, "a function's name has letters, digits and _ only");
    }
    token_next(lexer);
    if (lexer->token.kind != TOKEN_CLOSE) {
        unexpected(lexer, "')' is");
    }
    token_next(lexer);
    skip_newlines(lexer);
    node->kind = NODE_FUNCTION;
    node->words = NULL;
    node->name = name;
    node->first = parse_compound(lexer);
    if (node->first == NULL) {
        unexpected(lexer, "a function's body in { } is");
    }
    redirections(lexer, &node->first->redirections);
    return node;
}

static struct node *simple_command(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_SIMPLE);
    struct word **words = &node->words;
    struct assignment **assignments = &node->assignments;
    struct assignment *new;
    for (;;) {
        node->end = lexer->token.start;
        redirections(lexer, &node->redirections);
        if (lexer->token.kind != TOKEN_WORD) {
            break;
        }
        struct word *word = lexer->token.word;
        token_next(lexer);
        if (node->words == NULL && (new = assignment(lexer, word)) != NULL) {
            *assignments = new;
            assignments = &new->next;
            continue;
        }
        *words = word;
        words = &word->next;
        if (words == &node->words->next && lexer->token.kind == TOKEN_OPEN && node->assignments == NULL &&
            node->redirections == NULL) {
            return function_definition(lexer, node);
        }
    }
    return node;
}

/* Pipelines and lists ---------------------------------------------------------------------------- */

/* The node ends before the token that is now looked at. */
static struct node *node_ends(const struct lexer *lexer, struct node *node)
{
    node->end = lexer->token.start;
    return node;
}

static struct node *command(struct lexer *lexer)
{
    size_t start = lexer->token.start;
    lexer_enter(lexer);
    struct node *node = parse_compound(lexer);
    if (node != NULL) {
        redirections(lexer, &node->redirections);
    } else {
        enum token_kind kind = lexer->token.kind;
        if ((kind != TOKEN_WORD || token_is_reserved(lexer)) && !at_redirection(lexer)) {
            unexpected(lexer, "a command is");
        }
        node = simple_command(lexer);
        node_ends(lexer, node);
    }
    node->start = start;
    lexer_leave(lexer);
    return node;
}

static struct node *pipeline(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_PIPELINE);
    struct node **tail = &node->first;
    while (token_is(lexer, "!")) {
        node->negated = !node->negated;
        token_next(lexer);
    }
    for (;;) {
        *tail = command(lexer);
        tail = &(*tail)->next;
        if (lexer->token.kind != TOKEN_PIPE) {
            break;
        }
        token_next(lexer);
        skip_newlines(lexer);
    }
    bool alone = node->first->next == NULL && !node->negated;
    return alone ? node->first : node_ends(lexer, node);
}

static struct node *and_or(struct lexer *lexer)
{
    struct node *left = pipeline(lexer);
    while (lexer->token.kind == TOKEN_AND_AND || lexer->token.kind == TOKEN_OR_OR) {
        struct node *both = node_new(lexer, lexer->token.kind == TOKEN_AND_AND ? NODE_AND : NODE_OR);
        token_next(lexer);
        skip_newlines(lexer);
        both->line = left->line;
        both->start = left->start;
        both->first = left;
        both->second = pipeline(lexer);
        left = node_ends(lexer, both);
    }
    return left;
}

static bool ends_list(const struct lexer *lexer)
{
    static const char *const enders[] = {"}", "do", "done", "elif", "else", "esac", "fi", "then"};
    if (lexer->token.kind == TOKEN_END || lexer->token.kind == TOKEN_CLOSE || lexer->token.kind == TOKEN_SEMICOLONS) {
        return true;
    }
    for (size_t i = 0; i < sizeof enders / sizeof enders[0]; i++) {
        if (token_is(lexer, enders[i])) {
            return true;
        }
    }
    return false;
}

/* One command and what separates it from the next; false: nothing separates it. */
static bool list_item(struct lexer *lexer, struct node ***tail)
{
    struct node *node = and_or(lexer);
    enum token_kind kind = lexer->token.kind;
    if (kind == TOKEN_AMPERSAND) {
        struct node *background = node_new(lexer, NODE_BACKGROUND);
        background->start = node->start;
        background->line = node->line;
        background->first = node;
        node = node_ends(lexer, background);
    }
    **tail = node;
    *tail = &node->next;
    if (kind == TOKEN_AMPERSAND || kind == TOKEN_SEMICOLON) {
        token_next(lexer);
        return true;
    }
    return kind == TOKEN_NEWLINE;
}

struct node *parse_list(struct lexer *lexer)
{
    lexer_enter(lexer);
    struct node *list = node_new(lexer, NODE_LIST);
    struct node **tail = &list->first;
    skip_newlines(lexer);
    while (!ends_list(lexer) && list_item(lexer, &tail)) {
        skip_newlines(lexer);
    }
    lexer_leave(lexer);
    return node_ends(lexer, list);
}

struct node *parse_some(struct lexer *lexer)
{
    struct node *list = parse_list(lexer);
    if (list->first == NULL) {
        unexpected(lexer, "a command is");
    }
    return list;
}

/* The inside of $( ): the words around it wait. */
struct node *parse_in_word(struct lexer *lexer)
{
    struct token outer = lexer->token;
    lexer_enter(lexer);
    token_next(lexer);
    struct node *list = parse_list(lexer);
    if (lexer->token.kind != TOKEN_CLOSE) {
        unexpected(lexer, "')' of $( is");
    }
    lexer->at = lexer->token.end;
    lexer->token = outer;
    lexer_leave(lexer);
    return list;
}

/* A line: what the shell runs at once. */
struct node *parse_complete_command(struct lexer *lexer)
{
    struct node *list = node_new(lexer, NODE_LIST);
    struct node **tail = &list->first;
    while (list_item(lexer, &tail) && lexer->token.kind != TOKEN_NEWLINE && lexer->token.kind != TOKEN_END) {
    }
    if (lexer->token.kind != TOKEN_NEWLINE && lexer->token.kind != TOKEN_END) {
        unexpected(lexer, "a command or the end of the line is");
    }
    if (lexer->pending != NULL) {
        lexer->incomplete = true;
        lexer_fail(lexer, lexer->token.line, "there is no line '%.40s' to end the here-document",
                   lexer->pending->delimiter);
    }
    return node_ends(lexer, list);
}
