/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpd`: a small web server of files and of the system's status. One thread and poll() for all clients; whoever is
 * slow, sends half a request or never reads is closed when its time is over. It only ever reads.
 */
#include <cli/cli.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http.h"
#include "tools.h"

#define CLIENTS_MAX 26 /* a socket and a file each; further ones wait in the backlog */
#define LIMIT_US 15000000
#define ENDING_US 2000000
#define PIECE_BYTES 16384

static const struct cli cli = {
    "httpd", "[-q] [-r DIRECTORY] [PORT]",
    "  Serve the files below DIRECTORY (/), and /status and /status.json, over HTTP at PORT (80).\n"
    "  Everybody who reaches the port can read them.\n"
    "  -q  say nothing\n"
    "  -r  the directory\n"};

struct client {
    size_t have;    /* bytes of requests in `in` */
    bool answering; /* there is a reply to send */
    bool ending;    /* the last one was sent; what the client still sends is read, or it would lose the end of it */
    uint64_t until; /* when its time is over */
    size_t sent;    /* bytes of the reply's head and body, or of `piece` */
    size_t piece_bytes;
    struct http_reply reply;
    char in[HTTP_HEAD_BYTES];
    char piece[PIECE_BYTES]; /* of the file */
};

static const char *root = "";

static void *client_begin(void)
{
    struct client *client = malloc(sizeof *client);
    if (client != NULL) {
        client->have = 0;
        client->answering = client->ending = false;
        client->until = platform_us() + LIMIT_US;
    }
    return client;
}

static void client_end(void *of)
{
    struct client *client = of;
    if (client->answering) {
        http_reply_free(&client->reply);
    }
    free(client);
}

static uint64_t client_until(const void *of)
{
    return ((const struct client *)of)->until;
}

/* Begin to answer the request in `in`, if it is whole or never will be. False: the client cannot be answered. */
static bool request_take(struct client *client)
{
    struct http_request request;
    size_t bytes = http_head_end(client->in, client->have);
    bool done;
    if (bytes == 0 && client->have < sizeof client->in) {
        return true;
    }
    if (bytes == 0) {
        client->have = 0;
        done = http_answer_error(431, false, false, &client->reply);
    } else {
        unsigned status = http_parse(client->in, bytes, &request);
        memmove(client->in, client->in + bytes, client->have - bytes);
        client->have -= bytes;
        done = status == 200 ? http_answer(root, &request, &client->reply)
                             : http_answer_error(status, request.head_only, false, &client->reply);
    }
    client->answering = true;
    client->sent = client->piece_bytes = 0;
    client->until = platform_us() + LIMIT_US;
    return done;
}

/* What is to be sent next; 0: that was all. Negative: the file cannot be read. */
static ssize_t next_piece(struct client *client, const char **data)
{
    struct http_reply *reply = &client->reply;
    struct text *const texts[] = {&reply->head, &reply->body};
    for (unsigned i = 0; i < 2; i++) {
        if (client->sent < texts[i]->bytes) {
            *data = texts[i]->data + client->sent;
            return (ssize_t)(texts[i]->bytes - client->sent);
        }
        client->sent -= texts[i]->bytes;
        text_free(texts[i]);
    }
    if (client->sent < client->piece_bytes) {
        *data = client->piece + client->sent;
        return (ssize_t)(client->piece_bytes - client->sent);
    }
    client->sent = client->piece_bytes = 0;
    if (reply->left == 0) {
        return 0;
    }
    ssize_t count = read(reply->file, client->piece, reply->left < PIECE_BYTES ? (size_t)reply->left : PIECE_BYTES);
    if (count <= 0) {
        return -1; /* shorter than it was, and the length is promised: only the connection's end can say so */
    }
    reply->left -= (uint64_t)count;
    client->piece_bytes = (size_t)count;
    *data = client->piece;
    return count;
}

/* Send what can be sent without waiting. False: the connection is over. */
static bool answer_send(int fd, struct client *client)
{
    for (;;) {
        const char *data;
        ssize_t bytes = next_piece(client, &data);
        if (bytes <= 0) {
            bool keep = bytes == 0 && client->reply.keep;
            http_reply_free(&client->reply);
            client->answering = false;
            return keep;
        }
        ssize_t count = send(fd, data, (size_t)bytes, MSG_NOSIGNAL);
        if (count < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client->sent += (size_t)count;
        client->until = platform_us() + LIMIT_US;
    }
}

/* Nothing more will be sent: say so, and go on reading for a moment. */
static bool client_finish(int fd, struct client *client)
{
    client->ending = true;
    client->until = platform_us() + ENDING_US;
    return shutdown(fd, SHUT_WR) == 0;
}

/* Everything that can be done for a client now. False: it is over. */
static bool client_go(void *of, struct pollfd *file)
{
    struct client *client = of;
    if (client->ending) {
        ssize_t count = recv(file->fd, client->in, sizeof client->in, 0);
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    }
    if (!client->answering) {
        ssize_t count = recv(file->fd, client->in + client->have, sizeof client->in - client->have, 0);
        if (count <= 0) {
            return count < 0 && (errno == EAGAIN || errno == EINTR);
        }
        client->have += (size_t)count;
    }
    do {
        if (!client->answering && !request_take(client)) {
            return false;
        }
        if (client->answering && !answer_send(file->fd, client)) {
            file->events = POLLIN;
            return !client->answering && client_finish(file->fd, client);
        }
    } while (!client->answering && http_head_end(client->in, client->have) != 0);
    file->events = client->answering ? POLLOUT : POLLIN;
    return true;
}

int main(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    struct stat status;
    bool quiet = false;
    for (int letter; (letter = cli_option(&cli, &options, "qr:")) != 0;) {
        if (letter == 'q') {
            quiet = true;
        } else {
            root = strcmp(options.value, "/") == 0 ? "" : options.value;
        }
    }
    if (argc - options.next > 1) {
        cli_refuse(&cli, "one port");
    }
    if (root[0] != '\0' && (stat(root, &status) != 0 || !S_ISDIR(status.st_mode))) {
        cli_refuse(&cli, "'%.100s' is no directory", root);
    }
    const char *text = options.next < argc ? argv[options.next] : "80";
    uint16_t port = tools_port(&cli, text);
    int fd = tools_serve(SOCK_STREAM, port);
    if (fd < 0) {
        return tools_failed("httpd", text);
    }
    if (!quiet) {
        printf("httpd: %s at port %u\n", root[0] != '\0' ? root : "/", (unsigned)port);
        fflush(stdout);
    }
    return tools_serve_streams(&(struct tools_server){.program = "httpd",
                                                      .port = port,
                                                      .most = CLIENTS_MAX,
                                                      .begin = client_begin,
                                                      .go = client_go,
                                                      .until = client_until,
                                                      .end = client_end},
                               fd);
}
