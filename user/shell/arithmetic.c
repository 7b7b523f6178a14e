/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expressions by precedence climbing. What is not evaluated (behind && || ?:) is parsed all the same, with `skip` set.
 */
#include "arithmetic.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variables.h"

#define DEPTH_MAX 200
#define NAME_MAX_BYTES 128

typedef long long number_t;

struct evaluation {
    const char *at;
    char *message;
    size_t message_bytes;
    unsigned depth;
    unsigned skip;
    bool failed;
};

enum operator{
    OP_NONE,
    OP_OR_OR,
    OP_AND_AND,
    OP_OR,
    OP_XOR,
    OP_AND,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS_EQUAL,
    OP_GREATER_EQUAL,
    OP_LESS,
    OP_GREATER,
    OP_LEFT,
    OP_RIGHT,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER
};

/* In an order that finds << before < */
static const struct {
    const char *text;
    enum operator operator;
    unsigned char precedence;
} operators[] = {
    {"||", OP_OR_OR, 1},  {"&&", OP_AND_AND, 2},   {"==", OP_EQUAL, 6},      {"!=", OP_NOT_EQUAL, 6},
    {"<<", OP_LEFT, 8},   {">>", OP_RIGHT, 8},     {"<=", OP_LESS_EQUAL, 7}, {">=", OP_GREATER_EQUAL, 7},
    {"<", OP_LESS, 7},    {">", OP_GREATER, 7},    {"|", OP_OR, 3},          {"^", OP_XOR, 4},
    {"&", OP_AND, 5},     {"+", OP_ADD, 9},        {"-", OP_SUBTRACT, 9},    {"*", OP_MULTIPLY, 10},
    {"/", OP_DIVIDE, 10}, {"%", OP_REMAINDER, 10},
};

static number_t assignment(struct evaluation *e);

static number_t fail(struct evaluation *e, const char *what, const char *detail)
{
    if (!e->failed) {
        snprintf(e->message, e->message_bytes, "%s%.40s", what, detail);
    }
    e->failed = true;
    return 0;
}

static void blanks(struct evaluation *e)
{
    e->at += strspn(e->at, " \t\r\n");
}

static bool name_starts(const char *at)
{
    return isalpha((unsigned char)*at) || *at == '_';
}

static number_t apply(struct evaluation *e, enum operator operator, number_t a, number_t b)
{
    unsigned long long ua = (unsigned long long)a, ub = (unsigned long long)b;
    switch (operator) {
    case OP_OR:
        return a | b;
    case OP_XOR:
        return a ^ b;
    case OP_AND:
        return a & b;
    case OP_EQUAL:
        return a == b;
    case OP_NOT_EQUAL:
        return a != b;
    case OP_LESS_EQUAL:
        return a <= b;
    case OP_GREATER_EQUAL:
        return a >= b;
    case OP_LESS:
        return a < b;
    case OP_GREATER:
        return a > b;
    case OP_LEFT:
        return (number_t)(ua << (ub & 63));
    case OP_RIGHT:
        return a >> (ub & 63);
    case OP_ADD:
        return (number_t)(ua + ub);
    case OP_SUBTRACT:
        return (number_t)(ua - ub);
    case OP_MULTIPLY:
        return (number_t)(ua * ub);
    default:
        break;
    }
    if (e->skip > 0) {
        return 0;
    }
    if (b == 0) {
        return fail(e, "division by zero", "");
    }
    if (b == -1) { /* the least number has no opposite */
        return operator== OP_DIVIDE ? (number_t)(0 - ua) : 0;
    }
    return operator== OP_DIVIDE ? a / b : a % b;
}

static number_t literal(struct evaluation *e)
{
    const char *start = e->at;
    unsigned long long value = 0;
    unsigned base = 10;
    if (start[0] == '0' && (start[1] == 'x' || start[1] == 'X')) {
        base = 16;
        e->at += 2;
    } else if (start[0] == '0') {
        base = 8;
    }
    const char *digits = e->at;
    for (; isalnum((unsigned char)*e->at); e->at++) {
        int c = tolower((unsigned char)*e->at);
        unsigned digit = (unsigned)(isdigit(c) ? c - '0' : c - 'a' + 10);
        if (digit >= base) {
            return fail(e, "this is no number: ", start);
        }
        value = value * base + digit;
    }
    return e->at == digits ? fail(e, "this is no number: ", start) : (number_t)value;
}

/* The value of a variable: a number, nothing (0), or an expression of its own. */
static number_t value_of(struct evaluation *e, const char *name)
{
    number_t value = 0;
    const char *text = variable_get(name);
    if (text == NULL || e->skip > 0) {
        return 0;
    }
    struct evaluation inner = {.at = text, .message = e->message, .message_bytes = e->message_bytes, .depth = e->depth + 1};
    blanks(&inner);
    if (*inner.at != '\0') {
        value = inner.depth > DEPTH_MAX ? fail(e, "nested too deeply at ", name) : assignment(&inner);
        blanks(&inner);
        if (!inner.failed && *inner.at != '\0') {
            fail(&inner, "this is no number: ", text);
        }
    }
    e->failed = e->failed || inner.failed;
    return value;
}

static bool take_name(struct evaluation *e, char name[NAME_MAX_BYTES])
{
    size_t length = 0;
    while (isalnum((unsigned char)e->at[length]) || e->at[length] == '_') {
        length++;
    }
    if (length >= NAME_MAX_BYTES) {
        fail(e, "this name is too long: ", e->at);
        return false;
    }
    memcpy(name, e->at, length);
    name[length] = '\0';
    e->at += length;
    return true;
}

static number_t primary(struct evaluation *e)
{
    char name[NAME_MAX_BYTES];
    number_t value = 0;
    blanks(e);
    if (e->failed || ++e->depth > DEPTH_MAX) {
        return fail(e, "nested too deeply at ", e->at);
    }
    char c = *e->at;
    if (c == '(') {
        e->at++;
        value = assignment(e);
        blanks(e);
        if (*e->at != ')') {
            fail(e, "')' expected at '", e->at);
        } else {
            e->at++;
        }
    } else if (c == '-' || c == '+' || c == '!' || c == '~') {
        e->at++;
        value = primary(e);
        value = c == '-' ? (number_t)(0 - (unsigned long long)value) : c == '!' ? !value : c == '~' ? ~value : value;
    } else if (isdigit((unsigned char)c)) {
        value = literal(e);
    } else if (name_starts(e->at)) {
        value = take_name(e, name) ? value_of(e, name) : 0;
    } else if (c == '\0') {
        fail(e, "a number or a name is expected at the end", "");
    } else {
        fail(e, "a number or a name is expected at: ", e->at);
    }
    e->depth--;
    return value;
}

/* The operator here, if it binds at least as tightly as `least`; it is not taken. */
static enum operator operator_here(struct evaluation *e, unsigned least, unsigned *precedence, size_t *length)
{
    blanks(e);
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        *length = strlen(operators[i].text);
        if (strncmp(e->at, operators[i].text, *length) == 0) {
            *precedence = operators[i].precedence;
            bool assigns = e->at[*length] == '=' && *precedence != 6 && *precedence != 7;
            return *precedence >= least && !assigns ? operators[i].operator: OP_NONE;
        }
    }
    return OP_NONE;
}

static number_t binary(struct evaluation *e, unsigned least)
{
    number_t left = primary(e);
    unsigned precedence;
    size_t length;
    enum operator operator;
    while (!e->failed && (operator= operator_here(e, least, &precedence, &length)) != OP_NONE) {
        e->at += length;
        bool skipped = (operator== OP_AND_AND && !left) || (operator== OP_OR_OR && left);
        e->skip += skipped;
        number_t right = binary(e, precedence + 1);
        e->skip -= skipped;
        if (operator== OP_AND_AND) {
            left = left && right;
        } else if (operator== OP_OR_OR) {
            left = left || right;
        } else {
            left = apply(e, operator, left, right);
        }
    }
    return left;
}

static number_t conditional(struct evaluation *e)
{
    number_t condition = binary(e, 1);
    blanks(e);
    if (e->failed || *e->at != '?') {
        return condition;
    }
    if (++e->depth > DEPTH_MAX) {
        return fail(e, "nested too deeply at ", e->at);
    }
    e->at++;
    e->skip += !condition;
    number_t yes = assignment(e);
    e->skip -= !condition;
    blanks(e);
    if (*e->at != ':') {
        return fail(e, "':' expected at '", e->at);
    }
    e->at++;
    e->skip += condition != 0;
    number_t no = assignment(e);
    e->skip -= condition != 0;
    e->depth--;
    return condition ? yes : no;
}

/* NAME= or NAME+= ... here: takes it; false: something else. */
static bool assignment_here(struct evaluation *e, char name[NAME_MAX_BYTES], enum operator* operator)
{
    const char *start = e->at;
    *operator= OP_NONE;
    if (!name_starts(e->at) || !take_name(e, name)) {
        return false;
    }
    blanks(e);
    if (e->at[0] == '=' && e->at[1] != '=') {
        e->at++;
        return true;
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t length = strlen(operators[i].text);
        bool may = operators[i].precedence >= 3 && operators[i].precedence != 6 && operators[i].precedence != 7;
        if (may && strncmp(e->at, operators[i].text, length) == 0 && e->at[length] == '=') {
            *operator= operators[i].operator;
            e->at += length + 1;
            return true;
        }
    }
    e->at = start;
    return false;
}

static number_t assignment(struct evaluation *e)
{
    char name[NAME_MAX_BYTES], text[24];
    enum operator operator;
    blanks(e);
    if (!assignment_here(e, name, &operator)) {
        return conditional(e);
    }
    if (e->failed || ++e->depth > DEPTH_MAX) {
        return fail(e, "nested too deeply at ", e->at);
    }
    number_t value = assignment(e);
    e->depth--;
    if (operator!= OP_NONE && !e->failed) {
        value = apply(e, operator, value_of(e, name), value);
    }
    if (e->failed || e->skip > 0) {
        return value;
    }
    snprintf(text, sizeof text, "%lld", value);
    switch (variable_set(name, text, 0)) {
    case VARIABLE_OK:
        return value;
    case VARIABLE_IS_READONLY:
        return fail(e, "it may only be read: ", name);
    default:
        return fail(e, "out of memory", "");
    }
}

bool arithmetic(const char *expression, long long *value, char *message, size_t bytes)
{
    struct evaluation e = {.at = expression, .message = message, .message_bytes = bytes};
    *value = 0;
    blanks(&e);
    if (*e.at == '\0') {
        return true;
    }
    *value = assignment(&e);
    blanks(&e);
    if (!e.failed && *e.at != '\0') {
        fail(&e, "an operator is expected at: ", e.at);
    }
    return !e.failed;
}
