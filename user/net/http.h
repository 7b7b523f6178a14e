/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of httpd: http_request.c understands a request (pure), http_reply.c finds what to answer, status.c says how the system
 * is, httpd.c carries the bytes of many clients.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_BYTES 4096
#define HTTP_PATH_BYTES 512

/* Text that grows. Whoever is out of memory finds `failed`, and nothing is added any more. */
struct text {
    char *data;
    size_t bytes, room;
    bool failed;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A string as HTML, as a string of JSON (with its quotes), as part of a URL. */
void text_add_html(struct text *text, const char *string);
void text_add_json(struct text *text, const char *string);
void text_add_url(struct text *text, const char *string);
void text_free(struct text *text);

struct http_request {
    bool head_only; /* HEAD */
    bool keep;      /* the client wants to ask more */
    bool folder;    /* the path ended in a slash */
    /* Decoded, without query: begins with a slash, ends in none (but "/"), no part of it is empty, "." or "..". */
    char path[HTTP_PATH_BYTES];
};

/*
 * Where the head of a request ends: the number of its bytes, the empty line included; 0: it has not come yet.
 */
size_t http_head_end(const char *data, size_t bytes);
/* Understand a head of `bytes`. 200, or the status to answer: 400, 405, 414, 501, 505. */
unsigned http_parse(const char *head, size_t bytes, struct http_request *request);

struct http_reply {
    struct text head; /* of the answer */
    struct text body; /* what is sent behind the head, */
    int file;         /* and then a file's contents; -1: none */
    uint64_t left;    /* bytes of the file that are still to come */
    bool keep;
};

/* The answer to a request; on an error an answer that says so. False: there is no memory even for that. */
bool http_answer(const char *root, const struct http_request *request, struct http_reply *reply);
bool http_answer_error(unsigned status, bool head_only, bool keep, struct http_reply *reply);
void http_reply_free(struct http_reply *reply);

/* How the system is, as JSON. */
void status_json(struct text *text);

#endif
