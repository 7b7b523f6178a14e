/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `wget`: a file over HTTP/1.1 (RFC 9112), with Content-Length, in chunks, or up to the connection's end; follows what has moved.
 * The answer is a stranger's: all lengths are checked.
 */
#include <cli/cli.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

#define LINE_BYTES 1024
#define HEADERS_MAX 100
#define MOVES_MAX 5

static const struct cli cli = {"wget", "[-q] [-O FILE] [-T SECONDS] URL",
                               "  Fetch http://HOST[:PORT]/PATH into a file of its own name.\n"
                               "  -O FILE     into FILE; -O - writes it to standard output\n"
                               "  -q          say nothing but errors\n"
                               "  -T SECONDS  how long the server may be silent (30)\n"};

struct url {
    char host[256];
    char path[LINE_BYTES];
    uint16_t port;
};

struct answer {
    unsigned status;
    bool chunked, has_length;
    uint64_t length;
    char location[LINE_BYTES];
};

struct input {
    int fd;
    size_t at, end;
    char data[8192];
};

static struct input in;
static uint64_t written;

static int complain(const struct url *url, const char *what)
{
    fprintf(stderr, "wget: %s:%u: %s\n", url->host, (unsigned)url->port, what);
    return 1;
}

static bool url_parse(const char *text, struct url *url)
{
    static const char scheme[] = "http://";
    if (strncmp(text, scheme, sizeof scheme - 1) == 0) {
        text += sizeof scheme - 1;
    } else if (strstr(text, "://") != NULL) {
        return false;
    }
    size_t host = strcspn(text, ":/");
    if (host == 0 || host >= sizeof url->host) {
        return false;
    }
    memcpy(url->host, text, host);
    url->host[host] = '\0';
    text += host;
    url->port = 80;
    if (*text == ':') {
        char *end;
        unsigned long port = strtoul(text + 1, &end, 10);
        if (end == text + 1 || port == 0 || port > 65535 || (*end != '/' && *end != '\0')) {
            return false;
        }
        url->port = (uint16_t)port;
        text = end;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ') {
            return false;
        }
    }
    return snprintf(url->path, sizeof url->path, "%s", *text == '/' ? text : "/") < (int)sizeof url->path;
}

/* More from the server: 0: it has ended, negative: errno. */
static ssize_t fill(void)
{
    ssize_t count = recv(in.fd, in.data, sizeof in.data, 0);
    in.at = 0;
    in.end = count > 0 ? (size_t)count : 0;
    return count;
}

/* A line without its end. False: it is too long, or there is none. */
static bool line_read(char line[LINE_BYTES])
{
    size_t length = 0;
    for (;;) {
        if (in.at == in.end && fill() <= 0) {
            return false;
        }
        char c = in.data[in.at++];
        if (c == '\n') {
            line[length > 0 && line[length - 1] == '\r' ? length - 1 : length] = '\0';
            return true;
        }
        if (length == LINE_BYTES - 1 || c == '\0') {
            return false;
        }
        line[length++] = c;
    }
}

static void header(struct answer *answer, const char *line)
{
    size_t name = strcspn(line, ":");
    const char *value = line + name;
    value += strspn(value, ": \t");
    if (name == 14 && strncasecmp(line, "Content-Length", name) == 0) {
        char *end;
        answer->length = strtoull(value, &end, 10);
        answer->has_length = end != value && *end == '\0';
    } else if (name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0) {
        answer->chunked = strcasecmp(value, "chunked") == 0;
    } else if (name == 8 && strncasecmp(line, "Location", name) == 0) {
        snprintf(answer->location, sizeof answer->location, "%s", value);
    }
}

static bool head_read(struct answer *answer)
{
    char line[LINE_BYTES];
    *answer = (struct answer){0};
    if (!line_read(line) || strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12) {
        return false;
    }
    answer->status = (unsigned)strtoul(line + 9, NULL, 10);
    for (unsigned i = 0; i < HEADERS_MAX && line_read(line); i++) {
        if (line[0] == '\0') {
            return answer->status >= 100 && answer->status < 600;
        }
        header(answer, line);
    }
    return false;
}

/* `bytes` of the server's to a file, or all there are until it ends. */
static bool copy(FILE *to, uint64_t bytes, bool until_end)
{
    while (bytes > 0) {
        if (in.at == in.end) {
            ssize_t count = fill();
            if (count <= 0) {
                return until_end && count == 0;
            }
        }
        size_t part = in.end - in.at < bytes ? in.end - in.at : (size_t)bytes;
        if (fwrite(in.data + in.at, 1, part, to) != part) {
            return false;
        }
        in.at += part;
        bytes -= part;
        written += part;
    }
    return true;
}

static bool copy_chunks(FILE *to)
{
    char line[LINE_BYTES], *end;
    for (;;) {
        if (!line_read(line)) {
            return false;
        }
        uint64_t bytes = strtoull(line, &end, 16);
        if (end == line || line[0] == '-') {
            return false;
        }
        if (bytes == 0) {
            return true; /* what follows are headers */
        }
        if (!copy(to, bytes, false) || !line_read(line) || line[0] != '\0') {
            return false;
        }
    }
}

/* Connect, ask, and read the head of the answer. */
static int request(const struct url *url, unsigned limit_ms, struct answer *answer)
{
    struct in_addr host;
    char text[LINE_BYTES + 512];
    if (!tools_resolve("wget", url->host, &host)) {
        return 1;
    }
    struct sockaddr_in to = tools_address(host, url->port);
    in = (struct input){.fd = tools_connect(&to, (int)limit_ms)};
    if (in.fd < 0) {
        return tools_failed("wget", tools_text(&to));
    }
    tools_set_timeout(in.fd, limit_ms);
    int bytes = snprintf(
        text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: wget (Capelin)\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        url->path, url->host, (unsigned)url->port);
    if (!tools_write_all(in.fd, text, (size_t)bytes)) {
        close(in.fd);
        return tools_failed("wget", tools_text(&to));
    }
    if (!head_read(answer)) {
        close(in.fd);
        return complain(url, "no answer of HTTP");
    }
    return 0;
}

static int save(const struct url *url, const struct answer *answer, const char *file)
{
    bool to_stdout = strcmp(file, "-") == 0;
    FILE *to = to_stdout ? stdout : fopen(file, "w");
    if (to == NULL) {
        return tools_failed("wget", file);
    }
    errno = 0;
    bool done = answer->chunked ? copy_chunks(to)
                                : copy(to, answer->has_length ? answer->length : UINT64_MAX, !answer->has_length);
    bool bad_file = ferror(to) || (to_stdout ? fflush(to) : fclose(to)) != 0;
    if (bad_file) {
        return tools_failed("wget", file);
    }
    return done ? 0 : complain(url, "the connection ended before the file did");
}

/* Where it has moved to: a whole URL, or a path on the same server. */
static bool move(struct url *url, const char *location)
{
    if (location[0] == '/') {
        return snprintf(url->path, sizeof url->path, "%s", location) < (int)sizeof url->path;
    }
    return strncmp(location, "http://", 7) == 0 && url_parse(location, url);
}

static int fetch(struct url *url, const char *file, unsigned limit_ms, bool quiet)
{
    struct answer answer;
    const char *slash = strrchr(url->path, '/') + 1;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(slash, "?#"), slash);
    for (unsigned moves = 0;; moves++) {
        int status = request(url, limit_ms, &answer);
        if (status != 0) {
            return status;
        }
        if (answer.status / 100 != 3 || answer.location[0] == '\0') {
            break;
        }
        close(in.fd);
        if (moves == MOVES_MAX || !move(url, answer.location)) {
            return complain(url, "moved to where this program cannot follow");
        }
    }
    if (answer.status != 200) {
        fprintf(stderr, "wget: http://%s:%u%s: the server answers %u\n", url->host, (unsigned)url->port, url->path,
                answer.status);
        close(in.fd);
        return 1;
    }
    file = file != NULL                                                           ? file
           : name[0] != '\0' && strcmp(name, "..") != 0 && strcmp(name, ".") != 0 ? name
                                                                                  : "index.html";
    int status = save(url, &answer, file);
    close(in.fd);
    if (status == 0 && !quiet) {
        fprintf(stderr, "%s: %llu bytes\n", strcmp(file, "-") == 0 ? "standard output" : file,
                (unsigned long long)written);
    }
    return status;
}

int tool_wget(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    static struct url url;
    const char *file = NULL;
    unsigned limit = 30;
    bool quiet = false;
    for (int letter; (letter = cli_option(&cli, &options, "qO:T:")) != 0;) {
        if (letter == 'q') {
            quiet = true;
        } else if (letter == 'O') {
            file = options.value;
        } else {
            limit = (unsigned)cli_number(&cli, "SECONDS", options.value, 86400);
        }
    }
    if (options.next != argc - 1) {
        cli_refuse(&cli, "which URL?");
    }
    if (!url_parse(argv[options.next], &url)) {
        cli_refuse(&cli, "'%.100s' is no http://HOST[:PORT]/PATH (there is no TLS)", argv[options.next]);
    }
    return fetch(&url, file, limit * 1000, quiet);
}
