/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done by path, and the working directory: a path of this process, in front of those that are relative. It begins as the environment's
 * PWD says, and PWD follows it.
 */
#include "table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <threads/sync.h>
#include <unistd.h>
#include <utime.h>

static struct mutex mutex;
static char cwd[FS_PATH_MAX + 1]; /* absolute; empty: not asked for yet */
static mode_t mask = 022;

int path_fail(err_t error)
{
    errno = error == ERR_TOO_LONG ? ENAMETOOLONG : errno_of(error);
    return -1;
}

static void cwd_start(void)
{
    const char *pwd = getenv("PWD");
    if (cwd[0] != 0) return;
    strcpy(cwd, pwd && pwd[0] == '/' && strlen(pwd) < sizeof cwd ? pwd : "/");
}

err_t path_absolute(const char *path, char *absolute)
{
    size_t length = strlen(path), before = 0;
    if (length == 0) return ERR_NOT_FOUND;
    if (path[0] != '/') {
        mutex_lock(&mutex);
        cwd_start();
        before = strlen(cwd);
        memcpy(absolute, cwd, before);
        mutex_unlock(&mutex);
        if (before == FS_PATH_MAX) return ERR_TOO_LONG;
        absolute[before++] = '/';
    }
    if (length > FS_PATH_MAX - before) return ERR_TOO_LONG;
    memcpy(absolute + before, path, length + 1);
    return ERR_OK;
}

char *getcwd(char *buffer, size_t bytes)
{
    mutex_lock(&mutex);
    cwd_start();
    size_t length = strlen(cwd) + 1;
    if (!buffer && bytes == 0) bytes = length;
    char *to = bytes < length ? NULL : buffer ? buffer : malloc(bytes);
    if (to) memcpy(to, cwd, length);
    mutex_unlock(&mutex);
    if (!to) errno = bytes == 0 ? EINVAL : bytes < length ? ERANGE : ENOMEM;
    return to;
}

int chdir(const char *path)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1], canonical[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL(err, fs, fs_directory(fs, absolute, canonical, sizeof canonical));
    if (err) return path_fail(err);
    if (setenv("PWD", canonical, 1) != 0) return -1;
    mutex_lock(&mutex);
    strcpy(cwd, canonical);
    mutex_unlock(&mutex);
    return 0;
}

mode_t umask(mode_t new)
{
    mode_t before = mask;
    mask = new & 0777;
    return before;
}

static uint32_t open_flags(int flags)
{
    static const uint32_t access[] = {FS_READ, FS_WRITE, FS_READ | FS_WRITE, 0};
    uint32_t wish = access[flags & O_ACCMODE];
    if (flags & O_APPEND) wish |= FS_APPEND;
    if (flags & O_CREAT) wish |= FS_CREATE;
    if (flags & O_CREAT && flags & O_EXCL) wish |= FS_EXCLUSIVE;
    if (flags & O_TRUNC) wish |= FS_TRUNCATE;
    if (flags & O_DIRECTORY) wish |= FS_DIRECTORY;
    return wish;
}

int open(const char *path, int flags, ...)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    uint32_t number;
    va_list arguments;
    int fd;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) & ~mask : 0;
    va_end(arguments);
    err_t err = path_absolute(path, absolute);
    if (!err)
        REMOTE_CALL_ONCE(err, fs, fs_open(fs, absolute, open_flags(flags), mode, &number),
                         flags & O_EXCL ? ERR_EXISTS : ERR_OK);
    if (!err) err = remote_open(number, &fd);
    return err ? path_fail(err) : fd;
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int pipe(int fds[2])
{
    struct fs_client *fs;
    uint32_t read, write;
    err_t err;
    REMOTE_CALL(err, fs, fs_pipe(fs, &read, &write));
    if (err) return file_fail(err);
    err = remote_open(read, &fds[0]);
    if (err) {
        fs_close(fs, write);
        return file_fail(err);
    }
    err = remote_open(write, &fds[1]);
    if (!err) return 0;
    close(fds[0]);
    return file_fail(err);
}

int stat(const char *path, struct stat *status)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    struct fs_attributes attributes;
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL(err, fs, fs_stat(fs, absolute, &attributes));
    if (err) return path_fail(err);
    status_fill(&attributes, status);
    return 0;
}

int access(const char *path, int how)
{
    struct stat status;
    if (stat(path, &status) != 0) return -1;
    mode_t need = (how & R_OK ? S_IRUSR : 0) | (how & W_OK ? S_IWUSR : 0) | (how & X_OK ? S_IXUSR : 0);
    if ((status.st_mode & need) == need) return 0;
    errno = EACCES;
    return -1;
}

int truncate(const char *path, off_t bytes)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    int result = ftruncate(fd, bytes), error = errno;
    close(fd);
    errno = error;
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL_ONCE(err, fs, fs_mkdir(fs, absolute, mode & ~mask), ERR_EXISTS);
    return err ? path_fail(err) : 0;
}

int rmdir(const char *path)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL_ONCE(err, fs, fs_rmdir(fs, absolute), ERR_NOT_FOUND);
    return err ? path_fail(err) : 0;
}

int unlink(const char *path)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL_ONCE(err, fs, fs_unlink(fs, absolute), ERR_NOT_FOUND);
    return err ? path_fail(err) : 0;
}

int rename(const char *from, const char *to)
{
    struct fs_client *fs;
    char absolute_from[FS_PATH_MAX + 1], absolute_to[FS_PATH_MAX + 1];
    err_t err = path_absolute(from, absolute_from);
    if (!err) err = path_absolute(to, absolute_to);
    if (!err) REMOTE_CALL_ONCE(err, fs, fs_rename(fs, absolute_from, absolute_to), ERR_NOT_FOUND);
    return err ? path_fail(err) : 0;
}

int chmod(const char *path, mode_t mode)
{
    struct fs_client *fs;
    char absolute[FS_PATH_MAX + 1];
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL(err, fs, fs_chmod(fs, absolute, mode));
    return err ? path_fail(err) : 0;
}

int utime(const char *path, const struct utimbuf *times)
{
    struct fs_client *fs;
    struct timeval now;
    char absolute[FS_PATH_MAX + 1];
    gettimeofday(&now, NULL);
    uint64_t us = times ? (uint64_t)times->modtime * 1000000 : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
    err_t err = path_absolute(path, absolute);
    if (!err) REMOTE_CALL(err, fs, fs_set_modified(fs, absolute, us));
    return err ? path_fail(err) : 0;
}
