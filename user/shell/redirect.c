/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Redirections: the shell's own descriptors change, what is started inherits them, and they change back.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

#define DESCRIPTORS 10 /* that scripts can name */
#define PIPE_ROOM 4096 /* a pipe takes so many bytes without a reader */
#define TEMPORARY "/tmp/.here-%s-%u"

int descriptor_save(int fd)
{
    int low[DESCRIPTORS];
    unsigned count = 0;
    int copy = dup(fd);
    while (copy >= 0 && copy < DESCRIPTORS && count < DESCRIPTORS) {
        low[count++] = copy;
        copy = dup(fd);
    }
    int error = errno;
    while (count > 0) {
        close(low[--count]);
    }
    errno = error;
    return copy;
}

unsigned descriptors_open(int fds[DESCRIPTORS])
{
    unsigned count = 0;
    for (int i = 0; i < DESCRIPTORS; i++) {
        struct stat status;
        fds[i] = fstat(i, &status) == 0 ? i : -1;
        count = fds[i] >= 0 || i < 3 ? (unsigned)i + 1 : count;
    }
    return count;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written <= 0) {
            return false;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

/* A descriptor to read a here-document from: a pipe, or a file without a name if it is long. */
static int document_open(const char *text)
{
    static unsigned number;
    size_t length = strlen(text);
    int ends[2];
    if (length <= PIPE_ROOM) {
        if (pipe(ends) != 0) {
            return -1;
        }
        bool good = write_all(ends[1], text, length);
        close(ends[1]);
        if (!good) {
            close(ends[0]);
        }
        return good ? ends[0] : -1;
    }
    char path[64];
    snprintf(path, sizeof path, TEMPORARY, state.process, number++);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        return -1;
    }
    unlink(path);
    if (!write_all(fd, text, length) || lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int file_open(const struct redirection *redirection, const char *path)
{
    struct stat status;
    bool keep = (state.options & OPTION_KEEP) != 0;
    switch (redirection->kind) {
    case REDIRECT_READ:
        return open(path, O_RDONLY);
    case REDIRECT_READ_WRITE:
        return open(path, O_RDWR | O_CREAT, 0666);
    case REDIRECT_APPEND:
        return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    default:
        if (keep && stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            errno = EEXIST;
            return -1;
        }
        return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    }
}

/* Remember what `fd` is, once. */
static bool save(struct redirected *redirected, int fd)
{
    for (unsigned i = 0; i < redirected->count; i++) {
        if (redirected->entry[i].fd == fd) {
            return true;
        }
    }
    int saved = descriptor_save(fd);
    if (saved < 0 && errno != EBADF) {
        complain("descriptor %d: %s", fd, strerror(errno));
        return false;
    }
    redirected->entry[redirected->count].fd = fd;
    redirected->entry[redirected->count++].saved = saved;
    return true;
}

/* `fd` becomes what `from` is, which is closed. */
static bool move(int from, int fd)
{
    if (from == fd) {
        return true;
    }
    bool good = dup2(from, fd) >= 0;
    int error = errno;
    close(from);
    errno = error;
    return good;
}

/* <&N, >&N, >&- */
static bool copy(int fd, const char *text)
{
    if (strcmp(text, "-") == 0) {
        close(fd);
        return true;
    }
    if (text[0] < '0' || text[0] > '9' || text[1] != '\0') {
        complain("'%.40s' is no descriptor: 0 to 9 or -", text);
        return false;
    }
    if (text[0] - '0' != fd && dup2(text[0] - '0', fd) < 0) {
        complain("%s: %s", text, strerror(errno));
        return false;
    }
    return true;
}

static bool redirect(const struct redirection *redirection, struct redirected *redirected)
{
    char *text = expand_string(redirection->word);
    if (text == NULL) {
        complain_expansion();
        return false;
    }
    bool good = save(redirected, redirection->fd);
    if (good && (redirection->kind == REDIRECT_COPY_READ || redirection->kind == REDIRECT_COPY_WRITE)) {
        good = copy(redirection->fd, text);
    } else if (good) {
        bool here = redirection->kind == REDIRECT_HERE;
        int fd = here ? document_open(text) : file_open(redirection, text);
        good = fd >= 0 && move(fd, redirection->fd);
        if (!good) {
            bool creates = redirection->kind != REDIRECT_READ && !here;
            complain("cannot %s %.200s: %s", creates ? "create" : "open", here ? "a here-document" : text,
                     strerror(errno));
        }
    }
    free(text);
    return good;
}

bool descriptor_put(int fd, int from, struct redirected *redirected)
{
    if (from < 0) {
        return true;
    }
    fflush(stdout);
    fflush(stderr);
    if (!save(redirected, fd) || dup2(from, fd) < 0) {
        complain("descriptor %d: %s", fd, strerror(errno));
        return false;
    }
    return true;
}

bool redirect_begin(const struct redirection *redirection, struct redirected *redirected)
{
    *redirected = (struct redirected){0};
    if (redirection != NULL) {
        fflush(stdout);
        fflush(stderr);
    }
    for (; redirection != NULL; redirection = redirection->next) {
        if (!redirect(redirection, redirected)) {
            redirect_end(redirected);
            return false;
        }
    }
    return true;
}

void redirect_end(struct redirected *redirected)
{
    if (redirected->count > 0) {
        fflush(stdout);
        fflush(stderr);
    }
    while (redirected->count > 0) {
        int fd = redirected->entry[--redirected->count].fd;
        int saved = redirected->entry[redirected->count].saved;
        if (saved < 0) {
            close(fd);
        } else {
            dup2(saved, fd);
            close(saved);
        }
    }
}

void redirect_keep(struct redirected *redirected)
{
    while (redirected->count > 0) {
        int saved = redirected->entry[--redirected->count].saved;
        if (saved >= 0) {
            close(saved);
        }
    }
}
