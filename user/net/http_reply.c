/* SPDX-License-Identifier: BSD-2-Clause */
/* What httpd answers: files, lists of directories, the status page, and errors. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http.h"

#define STATUS_PAGE "/share/status.html"
#define LISTED_MAX 4096

static const char page_begin[] = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                                 "name=\"viewport\" content=\"width=device-width\"><title>";
static const char page_style[] =
    "</title><style>:root{color-scheme:light dark}body{font:16px/1.5 "
    "system-ui,sans-serif;max-width:52rem;margin:2.5rem auto;padding:0 1rem}"
    "a{color:#2563eb;text-decoration:none}a:hover{text-decoration:underline}table{border-collapse:collapse;width:100%}"
    "td{padding:.2rem .6rem;border-bottom:1px solid "
    "#8884}td+td{text-align:right;font-variant-numeric:tabular-nums;color:#888}"
    "h1{font-size:1.4rem;font-weight:600}footer{margin-top:1.5rem;color:#888;font-size:.85rem}</style></head><body>";

static const char *status_text(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 301:
        return "Moved Permanently";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 414:
        return "URI Too Long";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Internal Server Error";
    }
}

static const char *mime(const char *path)
{
    static const char *const types[][2] = {
        {"html", "text/html; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/plain; charset=utf-8"},
        {"c", "text/plain; charset=utf-8"},
        {"h", "text/plain; charset=utf-8"},
        {"sh", "text/plain; charset=utf-8"},
        {"log", "text/plain; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript"},
        {"json", "application/json"},
        {"csv", "text/csv; charset=utf-8"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"ico", "image/x-icon"},
        {"webp", "image/webp"},
        {"pdf", "application/pdf"},
        {"wasm", "application/wasm"},
        {"gz", "application/gzip"},
        {"xml", "application/xml"},
    };
    const char *name = strrchr(path, '/'), *dot = strrchr(path, '.');
    if (dot != NULL && dot > name + 1) {
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
            if (strcasecmp(dot + 1, types[i][0]) == 0) {
                return types[i][1];
            }
        }
    }
    return strncmp(path, "/etc/", 5) == 0 ? "text/plain; charset=utf-8" : "application/octet-stream";
}

static void head_begin(struct http_reply *reply, unsigned status, const char *type, uint64_t bytes)
{
    text_add(&reply->head,
             "HTTP/1.1 %u %s\r\nServer: Capelin\r\nContent-Type: %s\r\nContent-Length: %llu\r\nConnection: %s\r\n",
             status, status_text(status), type, (unsigned long long)bytes, reply->keep ? "keep-alive" : "close");
    text_add(&reply->head, "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
}

/* The head's end; HEAD gets no more than that. False: out of memory. */
static bool head_end(struct http_reply *reply, bool head_only)
{
    text_add(&reply->head, "\r\n");
    if (head_only) {
        text_free(&reply->body);
        reply->left = 0;
    }
    return !reply->head.failed && !reply->body.failed;
}

static bool answer_body(struct http_reply *reply, unsigned status, const char *type, bool head_only)
{
    if (reply->body.failed) {
        return false;
    }
    head_begin(reply, status, type, reply->body.bytes);
    if (status == 405) {
        text_add(&reply->head, "Allow: GET, HEAD\r\n");
    }
    return head_end(reply, head_only);
}

static void reply_begin(struct http_reply *reply, bool keep)
{
    *reply = (struct http_reply){.file = -1, .keep = keep};
}

bool http_answer_error(unsigned status, bool head_only, bool keep, struct http_reply *reply)
{
    reply_begin(reply, keep);
    text_add(&reply->body, "%s%u %s%s<h1>%u %s</h1><p><a href=\"/\">Back to the start</a></p></body></html>\n",
             page_begin, status, status_text(status), page_style, status, status_text(status));
    return answer_body(reply, status, "text/html; charset=utf-8", head_only);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted; *count of them. NULL: errno. */
static char **names_read(const char *path, size_t *count)
{
    DIR *directory = opendir(path);
    char **names = directory != NULL ? calloc(LISTED_MAX, sizeof *names) : NULL;
    *count = 0;
    for (struct dirent *entry; names != NULL && *count < LISTED_MAX && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            (names[*count] = strdup(entry->d_name)) != NULL) {
            ++*count;
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    if (names != NULL) {
        qsort(names, *count, sizeof *names, by_name);
    }
    return names;
}

static void row_add(struct text *body, const char *path, const char *name)
{
    char full[HTTP_PATH_BYTES * 3];
    struct stat status;
    snprintf(full, sizeof full, "%s/%s", path, name);
    if (stat(full, &status) != 0) {
        return; /* it has gone meanwhile */
    }
    bool folder = S_ISDIR(status.st_mode);
    text_add(body, "<tr><td><a href=\"");
    text_add_url(body, name);
    text_add(body, folder ? "/\">" : "\">");
    text_add_html(body, name);
    if (folder) {
        text_add(body, "/</a></td><td></td></tr>\n");
    } else {
        text_add(body, "</a></td><td>%llu</td></tr>\n", (unsigned long long)status.st_size);
    }
}

static bool answer_folder(const char *full, const struct http_request *request, struct http_reply *reply)
{
    size_t count;
    char **names = names_read(full, &count);
    struct text *body = &reply->body;
    if (names == NULL) {
        return http_answer_error(errno == EACCES ? 403 : 503, request->head_only, reply->keep, reply);
    }
    text_add(body, "%s", page_begin);
    text_add_html(body, request->path);
    text_add(body, "%s<h1>", page_style);
    text_add_html(body, request->path);
    text_add(body, "</h1><table>\n");
    if (request->path[1] != '\0') {
        text_add(body, "<tr><td><a href=\"../\">../</a></td><td></td></tr>\n");
    }
    for (size_t i = 0; i < count; i++) {
        row_add(body, full, names[i]);
        free(names[i]);
    }
    free(names);
    text_add(body, "</table><footer>Capelin, a multikernel &middot; <a href=\"/status\">status of this "
                   "machine</a></footer></body></html>\n");
    return answer_body(reply, 200, "text/html; charset=utf-8", request->head_only);
}

/* A directory's relative links need the slash at the end. */
static bool answer_moved(const struct http_request *request, struct http_reply *reply)
{
    head_begin(reply, 301, "text/plain", 0);
    text_add(&reply->head, "Location: ");
    text_add_url(&reply->head, request->path);
    text_add(&reply->head, "/\r\n");
    return head_end(reply, true);
}

static bool answer_file(const char *full, const struct http_request *request, struct http_reply *reply)
{
    struct stat status;
    if (stat(full, &status) != 0) {
        return http_answer_error(errno == EACCES ? 403 : 404, request->head_only, reply->keep, reply);
    }
    if (S_ISDIR(status.st_mode)) {
        return request->folder ? answer_folder(full, request, reply) : answer_moved(request, reply);
    }
    if (!S_ISREG(status.st_mode) || request->folder) {
        return http_answer_error(404, request->head_only, reply->keep, reply);
    }
    reply->file = open(full, O_RDONLY);
    if (reply->file < 0) {
        return http_answer_error(errno == EACCES   ? 403
                                 : errno == ENOENT ? 404
                                                   : 503,
                                 request->head_only, reply->keep, reply);
    }
    reply->left = (uint64_t)status.st_size;
    head_begin(reply, 200, mime(full), reply->left);
    return head_end(reply, request->head_only);
}

bool http_answer(const char *root, const struct http_request *request, struct http_reply *reply)
{
    char full[HTTP_PATH_BYTES * 2];
    reply_begin(reply, request->keep);
    if (strcmp(request->path, "/status.json") == 0) {
        status_json(&reply->body);
        return answer_body(reply, 200, "application/json", request->head_only);
    }
    if (strcmp(request->path, "/status") == 0) {
        return answer_file(STATUS_PAGE, request, reply);
    }
    int length = snprintf(full, sizeof full, "%s%s", root, request->path);
    if (length < 0 || (size_t)length >= sizeof full) {
        return http_answer_error(414, request->head_only, reply->keep, reply);
    }
    return answer_file(full, request, reply);
}

void http_reply_free(struct http_reply *reply)
{
    if (reply->file >= 0) {
        close(reply->file);
    }
    text_free(&reply->head);
    text_free(&reply->body);
    reply->file = -1;
    reply->left = 0;
}
