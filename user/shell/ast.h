/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parser makes of a script: words made of parts, commands made of words. A tree in one pool; every pointer in it is
 * to that pool, and nothing changes it once it is made.
 */
#ifndef SHELL_AST_H
#define SHELL_AST_H

#include <stdbool.h>
#include <stddef.h>

struct node;

/* Words -------------------------------------------------------------------------------------------- */

enum part_kind { PART_TEXT, PART_PARAMETER, PART_COMMAND, PART_ARITHMETIC };

/* What ${NAME...} does. */
enum parameter_op {
    PARAMETER_VALUE,          /* ${X} */
    PARAMETER_LENGTH,         /* ${#X} */
    PARAMETER_DEFAULT,        /* ${X-word}; with a colon an empty value counts as none */
    PARAMETER_ASSIGN,         /* ${X=word} */
    PARAMETER_ERROR,          /* ${X?word} */
    PARAMETER_ALTERNATIVE,    /* ${X+word} */
    PARAMETER_PREFIX,         /* ${X#pattern} */
    PARAMETER_PREFIX_LONGEST, /* ${X##pattern} */
    PARAMETER_SUFFIX,         /* ${X%pattern} */
    PARAMETER_SUFFIX_LONGEST, /* ${X%%pattern} */
};

struct word {
    struct part *parts; /* 0: an empty word, which expands to nothing */
    struct word *next;
};

struct part {
    enum part_kind kind;
    bool quoted; /* its value is neither split nor a pattern */
    bool colon;
    enum parameter_op op;
    const char *text;  /* the text; the parameter's name; the commands' source if they are still to be parsed (`...`) */
    struct word *word; /* of ${NAME op word}; the expression of $((...)) */
    struct node *commands; /* of $(...); 0: none, or see `text` */
    struct part *next;
};

/* Redirections ------------------------------------------------------------------------------------- */

enum redirection_kind {
    REDIRECT_READ,       /* < */
    REDIRECT_WRITE,      /* > and >| */
    REDIRECT_APPEND,     /* >> */
    REDIRECT_READ_WRITE, /* <> */
    REDIRECT_COPY_READ,  /* <& */
    REDIRECT_COPY_WRITE, /* >& */
    REDIRECT_HERE        /* << and <<-: `word` is the text */
};

struct redirection {
    enum redirection_kind kind;
    int fd;
    struct word *word;
    struct redirection *next;
};

/* Commands ----------------------------------------------------------------------------------------- */

/* Where text comes from that nodes were made of, and the here-documents in it, which may stand outside of a node's own text. */
struct source {
    const char *text;
    struct here_document *documents;
};

struct here_document {
    size_t operator_at; /* the place of << */
    size_t body, end;   /* of its lines and the line that ends it */
    struct here_document *next;
};

enum node_kind {
    NODE_SIMPLE,     /* assignments, words, redirections */
    NODE_PIPELINE,   /* `first`, `first->next`...; `negated` */
    NODE_AND,        /* first && second */
    NODE_OR,         /* first || second */
    NODE_LIST,       /* `first`, `first->next`... one after the other */
    NODE_BACKGROUND, /* first & */
    NODE_SUBSHELL,   /* ( first ) */
    NODE_GROUP,      /* { first } */
    NODE_IF,         /* if first; then second; else third */
    NODE_WHILE,      /* while first; do second */
    NODE_UNTIL,
    NODE_FOR,       /* for name in words (or "$@": `plain`); do first */
    NODE_CASE,      /* case words in `first`, `first->next`...: NODE_CASE_ITEM */
    NODE_CASE_ITEM, /* words) first ;; */
    NODE_FUNCTION   /* name() first */
};

struct assignment {
    const char *name;
    struct word *value;
    struct assignment *next;
};

struct node {
    enum node_kind kind;
    unsigned line;
    bool negated;
    bool plain;
    struct node *next;
    struct node *first, *second, *third;
    const char *name;
    struct assignment *assignments;
    struct word *words;
    struct redirection *redirections;
    const struct source *source;
    size_t start, end; /* its own text in the source, without its redirections if it is a compound command */
};

#endif
