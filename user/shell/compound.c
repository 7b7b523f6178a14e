/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of compound commands: ( ), { }, if, while, until, for, case.
 */
#include "grammar.h"

static struct node *then_rest(struct lexer *lexer, struct node *node)
{
    node->first = parse_some(lexer);
    expect_word(lexer, "then");
    node->second = parse_some(lexer);
    if (token_is(lexer, "elif")) {
        lexer_enter(lexer);
        struct node *other = node_new(lexer, NODE_IF);
        token_next(lexer);
        node->third = then_rest(lexer, other);
        lexer_leave(lexer);
        return node;
    }
    if (token_is(lexer, "else")) {
        token_next(lexer);
        node->third = parse_some(lexer);
    }
    expect_word(lexer, "fi");
    return node;
}

static struct node *if_command(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_IF);
    token_next(lexer);
    return then_rest(lexer, node);
}

static struct node *do_group(struct lexer *lexer)
{
    expect_word(lexer, "do");
    struct node *body = parse_some(lexer);
    expect_word(lexer, "done");
    return body;
}

static struct node *loop(struct lexer *lexer, enum node_kind kind)
{
    struct node *node = node_new(lexer, kind);
    token_next(lexer);
    node->first = parse_some(lexer);
    node->second = do_group(lexer);
    return node;
}

/* The words up to a newline or ; */
static struct word *word_list(struct lexer *lexer)
{
    struct word *first = NULL;
    struct word **tail = &first;
    while (lexer->token.kind == TOKEN_WORD) {
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        token_next(lexer);
    }
    if (lexer->token.kind != TOKEN_NEWLINE && lexer->token.kind != TOKEN_SEMICOLON) {
        unexpected(lexer, "a word, ';' or a new line is");
    }
    token_next(lexer);
    return first;
}

static struct node *for_command(struct lexer *lexer)
{
    bool quoted;
    struct node *node = node_new(lexer, NODE_FOR);
    token_next(lexer);
    if (lexer->token.kind != TOKEN_WORD) {
        unexpected(lexer, "a variable's name after 'for' is");
    }
    node->name = word_plain(lexer, lexer->token.word, &quoted);
    if (node->name == NULL || quoted || !is_name(node->name)) {
        unexpected(lexer, "a variable's name after 'for' is");
    }
    token_next(lexer);
    node->plain = true;
    if (lexer->token.kind == TOKEN_SEMICOLON) {
        token_next(lexer);
    } else {
        skip_newlines(lexer);
        if (token_is(lexer, "in")) {
            token_next(lexer);
            node->plain = false;
            node->words = word_list(lexer);
        }
    }
    skip_newlines(lexer);
    node->first = do_group(lexer);
    return node;
}

static struct node *case_item(struct lexer *lexer)
{
    struct node *item = node_new(lexer, NODE_CASE_ITEM);
    struct word **tail = &item->words;
    if (lexer->token.kind == TOKEN_OPEN) {
        token_next(lexer);
    }
    for (;;) {
        if (lexer->token.kind != TOKEN_WORD) {
            unexpected(lexer, "a pattern is");
        }
        *tail = lexer->token.word;
        tail = &(*tail)->next;
        token_next(lexer);
        if (lexer->token.kind != TOKEN_PIPE) {
            break;
        }
        token_next(lexer);
    }
    if (lexer->token.kind != TOKEN_CLOSE) {
        unexpected(lexer, "')' after a pattern is");
    }
    token_next(lexer);
    item->first = parse_list(lexer);
    if (lexer->token.kind == TOKEN_SEMICOLONS) {
        token_next(lexer);
        skip_newlines(lexer);
    } else if (!token_is(lexer, "esac")) {
        unexpected(lexer, "';;' or 'esac' is");
    }
    return item;
}

static struct node *case_command(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_CASE);
    struct node **tail = &node->first;
    token_next(lexer);
    if (lexer->token.kind != TOKEN_WORD) {
        unexpected(lexer, "a word after 'case' is");
    }
    node->words = lexer->token.word;
    token_next(lexer);
    skip_newlines(lexer);
    expect_word(lexer, "in");
    skip_newlines(lexer);
    while (!token_is(lexer, "esac")) {
        *tail = case_item(lexer);
        tail = &(*tail)->next;
    }
    token_next(lexer);
    return node;
}

static struct node *subshell(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_SUBSHELL);
    token_next(lexer);
    node->first = parse_some(lexer);
    if (lexer->token.kind != TOKEN_CLOSE) {
        unexpected(lexer, "')' is");
    }
    token_next(lexer);
    return node;
}

static struct node *group(struct lexer *lexer)
{
    struct node *node = node_new(lexer, NODE_GROUP);
    token_next(lexer);
    node->first = parse_some(lexer);
    expect_word(lexer, "}");
    return node;
}

static struct node *compound(struct lexer *lexer)
{
    if (lexer->token.kind == TOKEN_OPEN) {
        return subshell(lexer);
    }
    if (token_is(lexer, "{")) {
        return group(lexer);
    }
    if (token_is(lexer, "if")) {
        return if_command(lexer);
    }
    if (token_is(lexer, "while")) {
        return loop(lexer, NODE_WHILE);
    }
    if (token_is(lexer, "until")) {
        return loop(lexer, NODE_UNTIL);
    }
    if (token_is(lexer, "for")) {
        return for_command(lexer);
    }
    return token_is(lexer, "case") ? case_command(lexer) : NULL;
}

struct node *parse_compound(struct lexer *lexer)
{
    lexer_enter(lexer);
    struct node *node = compound(lexer);
    if (node != NULL) {
        node->end = lexer->token.start;
    }
    lexer_leave(lexer);
    return node;
}
