/* SPDX-License-Identifier: BSD-2-Clause */
/* readv() and writev(), on any descriptor: a piece after the other. */
#include <sys/uio.h>
#include <unistd.h>

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
        ssize_t part = read(fd, pieces[i].iov_base, pieces[i].iov_len);
        if (part < 0) return all > 0 ? all : -1;
        all += part;
        if ((size_t)part < pieces[i].iov_len) break;
    }
    return all;
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
        ssize_t part = write(fd, pieces[i].iov_base, pieces[i].iov_len);
        if (part < 0) return all > 0 ? all : -1;
        all += part;
        if ((size_t)part < pieces[i].iov_len) break;
    }
    return all;
}
