/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll() and select(). net tells when a socket is ready. Pipes and the console tell only whether they are, so they are looked at again and again
 * while nothing else is ready, less and less often; files are always ready.
 */
#include "table.h"
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <threads/thread.h>
#include <threads/time.h>

#define LOOK_FIRST_MS 1
#define LOOK_MOST_MS 16
#define ALWAYS (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

struct polling {
    struct opened *opened[POLL_MOST];
    bool sockets; /* there are some, */
    bool looked;  /* and files that have to be looked at */
};

static short file_ready(const struct opened *opened, short events)
{
    short ready = 0;
    if (opened->ops->ready == NULL) return events & ALWAYS;
    if (opened->ops->ready(opened->file, &ready) != ERR_OK) return (events & ALWAYS) | POLLERR;
    if (ready & POLLIN) ready |= POLLRDNORM;
    if (ready & POLLOUT) ready |= POLLWRNORM;
    return ready & (events | POLLERR | POLLHUP);
}

static void files_get(struct pollfd *files, nfds_t count, struct polling *polling)
{
    for (nfds_t i = 0; i < count; i++) {
        struct opened *opened = polling->opened[i] = files[i].fd >= 0 ? opened_get(files[i].fd) : NULL;
        if (opened == NULL) continue;
        bool socket = opened_is_socket(opened);
        polling->sockets |= socket;
        polling->looked |= !socket && opened->ops->ready != NULL;
    }
}

/* What is not a socket; how many are ready. */
static int files_look(struct pollfd *files, nfds_t count, const struct polling *polling)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        const struct opened *opened = polling->opened[i];
        files[i].revents = 0;
        if (files[i].fd < 0 || (opened != NULL && opened_is_socket(opened))) continue;
        files[i].revents = opened != NULL ? file_ready(opened, files[i].events) : POLLNVAL;
        ready += files[i].revents != 0;
    }
    return ready;
}

static int ready_count(const struct pollfd *files, nfds_t count)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++)
        ready += files[i].revents != 0;
    return ready;
}

static int files_poll(struct pollfd *files, nfds_t count, const struct polling *polling, int timeout)
{
    ticks_t deadline = timeout < 0 ? 0 : deadline_after_ms((uint64_t)timeout);
    for (uint64_t pause = LOOK_FIRST_MS;; pause = pause < LOOK_MOST_MS ? 2 * pause : pause) {
        bool over = timeout >= 0 && clock_ticks() >= deadline;
        bool wait = files_look(files, count, polling) == 0 && !over;
        ticks_t look = deadline;
        if (polling->looked) {
            look = deadline_after_ms(pause);
            if (deadline != 0 && deadline < look) look = deadline;
        }
        if (polling->sockets) {
            if (sockets_poll(files, (unsigned)count, polling->opened, wait, look) != 0) return -1;
        } else if (wait) {
            thread_sleep_until(look);
        }
        int ready = ready_count(files, count);
        if (ready > 0 || over) return ready;
    }
}

int poll(struct pollfd *files, nfds_t count, int timeout)
{
    struct polling polling = {0};
    if (count > POLL_MOST) {
        errno = EINVAL;
        return -1;
    }
    files_get(files, count, &polling);
    int ready = files_poll(files, count, &polling, timeout);
    for (nfds_t i = 0; i < count; i++) {
        if (polling.opened[i] != NULL) opened_put(polling.opened[i]);
    }
    return ready;
}

int select(int count, fd_set *reading, fd_set *writing, fd_set *failing, struct timeval *time)
{
    struct pollfd files[POLL_MOST];
    unsigned used = 0;
    int ready = 0, timeout = time == NULL ? -1 : (int)(time->tv_sec * 1000 + (time->tv_usec + 999) / 1000);
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        short events = (reading != NULL && FD_ISSET(fd, reading) ? POLLIN : 0) |
                       (writing != NULL && FD_ISSET(fd, writing) ? POLLOUT : 0);
        if (events != 0 || (failing != NULL && FD_ISSET(fd, failing))) files[used++] = (struct pollfd){fd, events, 0};
    }
    if (poll(files, used, timeout) < 0) return -1;
    if (reading != NULL) FD_ZERO(reading);
    if (writing != NULL) FD_ZERO(writing);
    if (failing != NULL) FD_ZERO(failing);
    for (unsigned i = 0; i < used; i++) {
        if (files[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        bool in = (files[i].events & POLLIN) && (files[i].revents & (POLLIN | POLLHUP | POLLERR));
        bool out = (files[i].events & POLLOUT) && (files[i].revents & (POLLOUT | POLLERR));
        if (in) FD_SET(files[i].fd, reading);
        if (out) FD_SET(files[i].fd, writing);
        ready += in + out;
    }
    return ready;
}
