/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request of HTTP/1 (RFC 9112), as strangers send it. Pure: bytes in, a path out that cannot lead out of the root.
 */
#include <string.h>
#include <strings.h>

#include "http.h"

size_t http_head_end(const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] != '\n') {
            continue;
        }
        if (i + 1 < bytes && data[i + 1] == '\n') {
            return i + 2;
        }
        if (i + 2 < bytes && data[i + 1] == '\r' && data[i + 2] == '\n') {
            return i + 3;
        }
    }
    return 0;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* One character of a URL, decoded; *at moves behind it. Negative: it is malformed. */
static int decoded(const char **at, const char *end)
{
    char c = *(*at)++;
    if (c != '%') {
        return (unsigned char)c > ' ' && c != 0x7f ? (unsigned char)c : -1;
    }
    if (end - *at < 2 || hex((*at)[0]) < 0 || hex((*at)[1]) < 0) {
        return -1;
    }
    int value = hex((*at)[0]) * 16 + hex((*at)[1]);
    *at += 2;
    return value >= ' ' && value != 0x7f ? value : -1;
}

/* Take the last part, at `start` behind its slash, for what it means; the new length. Negative: it leads out of the root. */
static int part_end(char *path, int start, int length)
{
    int part = length - start;
    if (part == 0 || (part == 1 && path[start] == '.')) {
        return start;
    }
    if (part == 2 && path[start] == '.' && path[start + 1] == '.') {
        start -= 2;
        while (start >= 0 && path[start] != '/') {
            start--;
        }
        return start < 0 ? -1 : start + 1;
    }
    path[length] = '/';
    return length + 1;
}

/* The path of a URL from `at` up to its query. */
static unsigned path_parse(const char *at, const char *end, struct http_request *request)
{
    int start = 1, length = 1;
    request->path[0] = '/';
    if (at == end || *at++ != '/') {
        return 400;
    }
    while (at < end && *at != '?' && *at != '#') {
        int c = decoded(&at, end);
        if (c < 0) {
            return 400;
        }
        if (length >= HTTP_PATH_BYTES - 2) {
            return 414;
        }
        if (c != '/') {
            request->path[length++] = (char)c;
        } else if ((length = start = part_end(request->path, start, length)) < 0) {
            return 400;
        }
    }
    if ((length = part_end(request->path, start, length)) < 0) {
        return 400;
    }
    request->folder = length <= start; /* the last part is empty or of dots */
    request->path[length > 1 ? length - 1 : 1] = '\0';
    return 200;
}

/* Of one line's header, what matters to us. 200, or the status to answer. */
static unsigned header_parse(const char *line, const char *end, struct http_request *request)
{
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (colon == NULL || colon == line) {
        return 400;
    }
    size_t name = (size_t)(colon - line);
    const char *value = colon + 1;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    size_t bytes = (size_t)(end - value);
    if (name == 10 && strncasecmp(line, "Connection", name) == 0) {
        if (bytes >= 5 && strncasecmp(value, "close", 5) == 0) {
            request->keep = false;
        } else if (bytes >= 10 && strncasecmp(value, "keep-alive", 10) == 0) {
            request->keep = true;
        }
    } else if ((name == 14 && strncasecmp(line, "Content-Length", name) == 0 && !(bytes == 1 && *value == '0')) ||
               (name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0)) {
        return 400; /* neither GET nor HEAD has a body here; to guess where it ends would be unsafe */
    }
    return 200;
}

/* "GET /path HTTP/1.1" */
static unsigned first_line(const char *line, const char *end, struct http_request *request)
{
    const char *method_end = memchr(line, ' ', (size_t)(end - line));
    if (method_end == NULL || method_end == line) {
        return 400;
    }
    const char *path = method_end + 1, *path_end = memchr(path, ' ', (size_t)(end - path));
    if (path_end == NULL || end - path_end != 9 || memcmp(path_end + 1, "HTTP/", 5) != 0 || path_end[7] != '.') {
        return 400;
    }
    if (path_end[6] != '1') {
        return 505;
    }
    request->keep = path_end[8] >= '1';
    size_t method = (size_t)(method_end - line);
    request->head_only = method == 4 && memcmp(line, "HEAD", 4) == 0;
    if (!request->head_only && !(method == 3 && memcmp(line, "GET", 3) == 0)) {
        static const char *const others[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            if (strlen(others[i]) == method && memcmp(line, others[i], method) == 0) {
                return 405;
            }
        }
        return 501;
    }
    if (path_end - path > 7 && strncasecmp(path, "http://", 7) == 0) { /* as one asks a proxy */
        const char *slash = memchr(path + 7, '/', (size_t)(path_end - path - 7));
        path = slash != NULL ? slash : path_end;
    }
    return path_parse(path, path_end, request);
}

unsigned http_parse(const char *head, size_t bytes, struct http_request *request)
{
    const char *end = head + bytes;
    unsigned status = 0;
    *request = (struct http_request){0};
    if (memchr(head, '\0', bytes) != NULL) {
        return 400;
    }
    while (head < end) {
        const char *newline = memchr(head, '\n', (size_t)(end - head));
        if (newline == NULL) {
            return 400;
        }
        const char *line_end = newline > head && newline[-1] == '\r' ? newline - 1 : newline;
        if (line_end == head) {
            break;
        }
        unsigned said = status == 0 ? first_line(head, line_end, request) : header_parse(head, line_end, request);
        status = status == 0 || status == 200 ? said : status;
        head = newline + 1;
    }
    request->keep = request->keep && status == 200;
    return status == 0 ? 400 : status;
}
