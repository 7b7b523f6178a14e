/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `shelld`: a shell for whoever connects, each a process of its own between two pipes. Nobody is asked who they are and
 * nothing is encrypted: that is why it is not built unless it is asked for.
 */
#include <cli/cli.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools.h"

#define SESSIONS_MAX 8
#define TELNET_COMMAND 255
#define TELNET_OPTION 251 /* from here on a command has another byte: RFC 854 */

static const struct cli cli = {
    "shelld", "PORT",
    "  Give a shell to whoever connects to PORT (with nc or telnet), up to 8 at once. There is NO password and NO\n"
    "  encryption: everybody who reaches the port may do to programs and files what you may.\n"};

struct session {
    int fd;
    int to_shell, from_shell; /* our ends of the pipes */
    uint64_t shell;
    unsigned users; /* of its two threads, those that still run */
};

static unsigned sessions;

/* One of the two threads needs it no longer. */
static void session_leave(struct session *session)
{
    if (__atomic_sub_fetch(&session->users, 1, __ATOMIC_ACQ_REL) == 0) {
        close(session->fd);
        free(session);
        __atomic_sub_fetch(&sessions, 1, __ATOMIC_RELAXED);
    }
}

/* What is typed, without what only telnet means by it; the new length. `skip`: bytes of a command that are still to come. */
static size_t plain(uint8_t *data, size_t bytes, unsigned *skip)
{
    size_t kept = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (*skip > 0) {
            *skip = *skip == 2 && data[i] < TELNET_OPTION ? 0 : *skip - 1;
        } else if (data[i] == TELNET_COMMAND) {
            *skip = 2;
        } else if (data[i] != '\r' && data[i] != '\0') {
            data[kept++] = data[i];
        }
    }
    return kept;
}

/* From the network to the shell; its end is the shell's. */
static void type(void *argument)
{
    struct session *session = argument;
    uint8_t data[512];
    unsigned skip = 0;
    ssize_t count;
    while ((count = recv(session->fd, data, sizeof data, 0)) > 0) {
        size_t bytes = plain(data, (size_t)count, &skip);
        if (bytes > 0 && !tools_write_all(session->to_shell, data, bytes)) {
            break;
        }
    }
    close(session->to_shell);
    /* Nobody is there any more for what is still running. When the client only has no more to say, its shell has until it has done it. */
    if (count < 0) {
        proc_kill(proc_default(), session->shell);
    }
    session_leave(session);
}

/* From the shell to the network. */
static void serve(void *argument)
{
    struct session *session = argument;
    char data[2048];
    ssize_t count;
    struct proc_exit end;
    while ((count = read(session->from_shell, data, sizeof data)) > 0) {
        if (!tools_write_all(session->fd, data, (size_t)count)) {
            proc_kill(proc_default(), session->shell);
            break;
        }
    }
    close(session->from_shell);
    proc_wait(proc_default(), session->shell, &end);
    shutdown(session->fd, SHUT_RDWR); /* which ends type() */
    session_leave(session);
}

static bool shell_start(struct session *session)
{
    static char *const argv[] = {"sh", NULL};
    int in[2], out[2];
    if (pipe(in) != 0) {
        return false;
    }
    if (pipe(out) != 0) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    int fds[] = {in[0], out[1], out[1]};
    err_t error = program_spawn(
        "/bin/sh", &(struct program_options){.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME},
        &session->shell);
    close(in[0]);
    close(out[1]);
    session->to_shell = in[1];
    session->from_shell = out[0];
    if (error != ERR_OK) {
        close(in[1]);
        close(out[0]);
    }
    return error == ERR_OK;
}

static void refuse(int fd, const char *why)
{
    tools_write_all(fd, why, strlen(why));
    close(fd);
}

static void session_start(int fd, const struct sockaddr_in *from)
{
    static const char hello[] = "Capelin's shell; `exit` ends it\n";
    struct session *session = sessions < SESSIONS_MAX ? calloc(1, sizeof *session) : NULL;
    if (session == NULL) {
        refuse(fd, "shelld: too many sessions\n");
        return;
    }
    session->fd = fd;
    if (!shell_start(session)) {
        refuse(fd, "shelld: no shell can be started\n");
        free(session);
        return;
    }
    printf("shelld: %s\n", tools_text(from));
    fflush(stdout);
    session->users = 2;
    __atomic_add_fetch(&sessions, 1, __ATOMIC_RELAXED);
    tools_write_all(fd, hello, sizeof hello - 1);
    if (!platform_thread(type, session)) { /* no memory for it: a shell that nobody can type to ends */
        close(session->to_shell);
        session_leave(session);
    }
    if (!platform_thread(serve, session)) {
        proc_kill(proc_default(), session->shell);
        serve(session);
    }
}

int main(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    cli_option(&cli, &options, "");
    if (options.next != argc - 1) {
        cli_refuse(&cli, "which port?");
    }
    uint16_t port = tools_port(&cli, argv[options.next]);
    int listener = tools_serve(SOCK_STREAM, port);
    if (listener < 0) {
        return tools_failed("shelld", argv[options.next]);
    }
    printf("shelld: on port %u, for everybody\n", (unsigned)port);
    fflush(stdout);
    for (;;) {
        struct sockaddr_in from;
        socklen_t bytes = sizeof from;
        int fd = accept(listener, (struct sockaddr *)&from, &bytes);
        if (fd >= 0) {
            session_start(fd, &from);
            continue;
        }
        close(listener);
        listener = tools_serve_again(SOCK_STREAM, port);
        if (listener < 0) {
            return tools_failed("shelld", "cannot have the port again");
        }
    }
}
