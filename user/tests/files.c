/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files as a program sees them: POSIX's functions, what survives rename and unlink, modes, directories, streams, pipes, and programs
 * started from files with open files passed to them. With the argument `copy` it is a child that copies its input to its output.
 */
#include "files_random.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/fs.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <threads/thread.h>
#include <unistd.h>
#include <utime.h>

#define LARGE (1024 * 1024 + 4321)
#define SELF "/test/t_files"

/* `call` fails with this errno. */
#define FAILS(call, number)                                                                                            \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        EXPECT_EQ((call), -1);                                                                                         \
        EXPECT_EQ(errno, number);                                                                                      \
    } while (0)

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

/* Is `text` what the descriptor reads from where it is? */
static bool reads(int fd, const char *text)
{
    char bytes[256] = "";
    ssize_t count = read(fd, bytes, sizeof bytes - 1);
    return count == (ssize_t)strlen(text) && strcmp(bytes, text) == 0;
}

static bool holds(const char *path, const char *text)
{
    int fd = open(path, O_RDONLY);
    bool same = fd >= 0 && reads(fd, text);
    close(fd);
    return same;
}

static void files_open_read_write_seek(void)
{
    char bytes[16];
    FAILS(open("/tmp/none", O_RDONLY), ENOENT);
    put("/tmp/a", "hello world");
    int fd = open("/tmp/a", O_RDWR);
    CHECK(fd > 2);
    CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
    CHECK_EQ(read(fd, bytes, 5), 5);
    EXPECT(memcmp(bytes, "world", 5) == 0);
    EXPECT_EQ(read(fd, bytes, 5), 0);
    CHECK_EQ(lseek(fd, -5, SEEK_END), 6);
    CHECK_EQ(write(fd, "there, you", 10), 10);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 16);
    FAILS(lseek(fd, -17, SEEK_CUR), EINVAL);
    EXPECT(holds("/tmp/a", "hello there, you"));
    CHECK_EQ(ftruncate(fd, 5), 0);
    EXPECT(holds("/tmp/a", "hello"));
    CHECK_EQ(truncate("/tmp/a", 7), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, bytes, sizeof bytes), 7);
    EXPECT(memcmp(bytes, "hello\0\0", 7) == 0);
    CHECK_EQ(close(fd), 0);
    FAILS(read(fd, bytes, 1), EBADF);
    FAILS(close(fd), EBADF);
    FAILS(open("/tmp/a", O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST);
    fd = open("/tmp/a", O_RDONLY);
    FAILS(write(fd, "x", 1), EBADF);
    close(fd);
    CHECK_EQ(unlink("/tmp/a"), 0);
    FAILS(unlink("/tmp/a"), ENOENT);
}

static void files_append(void)
{
    put("/tmp/log", "one\n");
    int a = open("/tmp/log", O_WRONLY | O_APPEND), b = open("/tmp/log", O_WRONLY | O_APPEND);
    CHECK_EQ(write(a, "two\n", 4), 4);
    CHECK_EQ(write(b, "three\n", 6), 6);
    CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
    CHECK_EQ(write(a, "four\n", 5), 5);
    EXPECT(holds("/tmp/log", "one\ntwo\nthree\nfour\n"));
    close(a);
    close(b);
    CHECK_EQ(unlink("/tmp/log"), 0);
}

static void files_survive_rename_and_unlink(void)
{
    put("/tmp/old", "kept");
    put("/tmp/other", "replaced");
    int fd = open("/tmp/old", O_RDWR), other = open("/tmp/other", O_RDONLY);
    CHECK_EQ(rename("/tmp/old", "/tmp/other"), 0);
    FAILS(open("/tmp/old", O_RDONLY), ENOENT);
    EXPECT(reads(fd, "kept"));
    EXPECT(reads(other, "replaced"));
    EXPECT(holds("/tmp/other", "kept"));
    CHECK_EQ(unlink("/tmp/other"), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 4);
    CHECK_EQ(write(fd, " on", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT(reads(fd, "kept on"));
    struct stat status;
    CHECK_EQ(fstat(fd, &status), 0);
    EXPECT_EQ(status.st_nlink, 0);
    EXPECT_EQ(status.st_size, 7);
    close(fd);
    close(other);
}

static void files_large_go_through_a_buffer(void)
{
    unsigned char *out = malloc(LARGE), *in = calloc(1, LARGE);
    CHECK(out && in);
    for (size_t i = 0; i < LARGE; i++)
        out[i] = (unsigned char)(i * 7 + i / 4096);
    int fd = open("/tmp/large", O_RDWR | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, out, LARGE), LARGE);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, in, LARGE), LARGE);
    EXPECT(memcmp(in, out, LARGE) == 0);
    EXPECT_EQ(read(fd, in, LARGE), 0);
    CHECK_EQ(lseek(fd, 70000, SEEK_SET), 70000);
    CHECK_EQ(read(fd, in, 100000), 100000);
    EXPECT(memcmp(in, out + 70000, 100000) == 0);
    close(fd);
    CHECK_EQ(unlink("/tmp/large"), 0);
    free(in);
    free(out);
}

static void files_of_the_ramdisk_can_be_written(void)
{
    struct stat status;
    char was[64];
    CHECK_EQ(stat("/etc/inventory", &status), 0);
    EXPECT(S_ISREG(status.st_mode));
    EXPECT_EQ(status.st_blocks, 0);
    int fd = open("/etc/inventory", O_RDWR);
    CHECK_EQ(read(fd, was, sizeof was), sizeof was);
    CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
    CHECK_EQ(write(fd, "XYZ", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    char now[64];
    CHECK_EQ(read(fd, now, sizeof now), sizeof now);
    EXPECT(memcmp(now, was, 3) == 0 && memcmp(now + 3, "XYZ", 3) == 0 && memcmp(now + 6, was + 6, sizeof now - 6) == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(write(fd, was, sizeof was), sizeof was);
    close(fd);
}

static void files_directories(void)
{
    char name[32];
    CHECK_EQ(mkdir("/tmp/d", 0777), 0);
    FAILS(mkdir("/tmp/d", 0777), EEXIST);
    FAILS(mkdir("/tmp/none/d", 0777), ENOENT);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/tmp/d/file%03u", i);
        put(name, "");
    }
    DIR *directory = opendir("/tmp/d/");
    CHECK(directory != NULL);
    struct dirent *entry;
    unsigned count = 0;
    while ((entry = readdir(directory))) {
        snprintf(name, sizeof name, "file%03u", count++);
        EXPECT(strcmp(entry->d_name, name) == 0);
        EXPECT_EQ(entry->d_type, DT_REG);
        if (count == 100) unlink("/tmp/d/file050"); /* what was there is not met twice, what is to come not missed */
    }
    EXPECT_EQ(count, 300);
    rewinddir(directory);
    entry = readdir(directory);
    EXPECT(entry && strcmp(entry->d_name, "file000") == 0);
    EXPECT_EQ(closedir(directory), 0);
    FAILS(rmdir("/tmp/d"), ENOTEMPTY);
    FAILS(unlink("/tmp/d"), EISDIR);
    FAILS(rename("/tmp/d", "/tmp/d/e"), EINVAL);
    FAILS(open("/tmp/d", O_WRONLY), EISDIR);
    FAILS(open("/tmp/d/file000/x", O_RDONLY), ENOTDIR);
    FAILS(open("/tmp/d/file000", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_EQ(rename("/tmp/d", "/tmp/e"), 0);
    EXPECT(holds("/tmp/e/file299", ""));
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/tmp/e/file%03u", i);
        if (i != 50) EXPECT_EQ(unlink(name), 0);
    }
    CHECK_EQ(rmdir("/tmp/e"), 0);
    EXPECT(opendir("/tmp/e") == NULL && errno == ENOENT);
}

static void files_modes_are_checked_when_opened(void)
{
    struct stat status;
    mode_t mask = umask(022);
    put("/tmp/m", "secret");
    CHECK_EQ(stat("/tmp/m", &status), 0);
    EXPECT_EQ(status.st_mode, S_IFREG | 0644);
    int fd = open("/tmp/m", O_RDONLY);
    CHECK_EQ(chmod("/tmp/m", 0), 0);
    EXPECT(reads(fd, "secret"));
    close(fd);
    FAILS(open("/tmp/m", O_RDONLY), EACCES);
    FAILS(access("/tmp/m", R_OK), EACCES);
    EXPECT_EQ(access("/tmp/m", F_OK), 0);
    CHECK_EQ(chmod("/tmp/m", 0400), 0);
    EXPECT(holds("/tmp/m", "secret"));
    FAILS(open("/tmp/m", O_RDWR), EACCES);
    CHECK_EQ(mkdir("/tmp/closed", 0700), 0);
    put("/tmp/closed/in", "in");
    CHECK_EQ(chmod("/tmp/closed", 0500), 0);
    FAILS(open("/tmp/closed/new", O_WRONLY | O_CREAT, 0666), EACCES);
    FAILS(unlink("/tmp/closed/in"), EACCES);
    EXPECT(holds("/tmp/closed/in", "in"));
    CHECK_EQ(chmod("/tmp/closed", 0600), 0);
    FAILS(open("/tmp/closed/in", O_RDONLY), EACCES);
    CHECK_EQ(chmod("/tmp/closed", 0700), 0);
    EXPECT_EQ(unlink("/tmp/closed/in"), 0);
    EXPECT_EQ(rmdir("/tmp/closed"), 0);
    EXPECT_EQ(unlink("/tmp/m"), 0);
    umask(mask);
}

static void files_working_directory(void)
{
    char cwd[64];
    CHECK(getcwd(cwd, sizeof cwd) != NULL);
    CHECK_EQ(mkdir("/tmp/w", 0777), 0);
    CHECK_EQ(chdir("/tmp//./w/../w/"), 0);
    char now[64];
    EXPECT(getcwd(now, sizeof now) && strcmp(now, "/tmp/w") == 0);
    EXPECT(strcmp(getenv("PWD"), "/tmp/w") == 0);
    put("rel", "ative");
    EXPECT(holds("/tmp/w/rel", "ative"));
    EXPECT(holds("../w/rel", "ative"));
    FAILS(chdir("rel"), ENOTDIR);
    FAILS(chdir("none"), ENOENT);
    FAILS(open("", O_RDONLY), ENOENT);
    EXPECT(getcwd(now, 3) == NULL && errno == ERANGE);
    CHECK_EQ(unlink("rel"), 0);
    CHECK_EQ(chdir(cwd), 0);
    CHECK_EQ(rmdir("/tmp/w"), 0);
}

static void files_dup_shares_the_offset(void)
{
    put("/tmp/dup", "0123456789");
    int fd = open("/tmp/dup", O_RDWR), copy = dup(fd);
    char byte[3] = "";
    CHECK(copy > fd);
    CHECK_EQ(read(fd, byte, 2), 2);
    CHECK_EQ(read(copy, byte, 2), 2);
    EXPECT(strcmp(byte, "23") == 0);
    CHECK_EQ(dup2(copy, 20), 20);
    CHECK_EQ(dup2(fd, fd), fd);
    FAILS(dup2(99, 5), EBADF);
    FAILS(dup(63), EBADF);
    close(fd);
    close(copy);
    CHECK_EQ(read(20, byte, 2), 2);
    EXPECT(strcmp(byte, "45") == 0);
    EXPECT_EQ(fcntl(20, F_DUPFD, 30), 30);
    close(20);
    close(30);
    CHECK_EQ(unlink("/tmp/dup"), 0);
}

static void files_streams(void)
{
    char line[64];
    FILE *file = fopen("/tmp/stream", "w+");
    CHECK(file != NULL);
    for (unsigned i = 0; i < 2000; i++)
        EXPECT(fprintf(file, "line %u\n", i) > 0);
    CHECK_EQ(fseek(file, 0, SEEK_SET), 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK(fgets(line, sizeof line, file) != NULL);
    EXPECT(strcmp(line, "line 2\n") == 0);
    CHECK_EQ(fseek(file, -10, SEEK_END), 0);
    CHECK(fgets(line, sizeof line, file) != NULL);
    EXPECT(strcmp(line, "line 1999\n") == 0);
    EXPECT(fgets(line, sizeof line, file) == NULL && feof(file));
    EXPECT_EQ(fclose(file), 0);
    file = fopen("/tmp/stream", "a");
    CHECK(file && fputs("end\n", file) >= 0 && fclose(file) == 0);
    file = fopen("/tmp/stream", "r");
    CHECK(file && fseek(file, -4, SEEK_END) == 0 && fgets(line, sizeof line, file));
    EXPECT(strcmp(line, "end\n") == 0);
    fclose(file);
    EXPECT(fopen("/tmp/none", "r") == NULL && errno == ENOENT);
    EXPECT(fopen("/tmp/stream", "q") == NULL && errno == EINVAL);
    EXPECT_EQ(remove("/tmp/stream"), 0);
}

static void U6_paths_that_are_none(void)
{
    char path[1200];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[257] = 0;
    FAILS(open(path, O_RDWR | O_CREAT, 0666), ENAMETOOLONG);
    for (unsigned i = 0; i < 1100; i += 2)
        memcpy(path + i, "/a", 2);
    path[1100] = 0;
    FAILS(open(path, O_RDONLY), ENAMETOOLONG);
    FAILS(open("/tmp/\xff\xfe", O_RDWR | O_CREAT, 0666), EINVAL);
    FAILS(open("/tmp/\xc0\xaf", O_RDWR | O_CREAT, 0666), EINVAL);
    FAILS(rmdir("/"), EBUSY);
    FAILS(rename("/tmp/.", "/x"), EINVAL);
    FAILS(rmdir("/tmp/.."), EBUSY);
    FAILS(open("/tmp/none/", O_RDWR | O_CREAT, 0666), EISDIR);
    put("/tmp/slash", "x");
    FAILS(open("/tmp/slash/", O_RDONLY), ENOTDIR);
    EXPECT(holds("//tmp//.././tmp///slash", "x"));
    EXPECT(holds("/../../tmp/slash", "x"));
    CHECK_EQ(unlink("/tmp/slash"), 0);
}

static void files_null_device(void)
{
    char byte;
    struct stat status;
    int fd = open("/dev/null", O_RDWR);
    CHECK(fd >= 0);
    EXPECT_EQ(write(fd, "gone", 4), 4);
    EXPECT_EQ(read(fd, &byte, 1), 0);
    CHECK_EQ(fstat(fd, &status), 0);
    EXPECT(S_ISCHR(status.st_mode));
    EXPECT(!isatty(fd));
    close(fd);
}

static void files_times(void)
{
    struct stat status;
    put("/tmp/t", "");
    struct utimbuf times = {.modtime = 12345};
    CHECK_EQ(utime("/tmp/t", &times), 0);
    CHECK_EQ(stat("/tmp/t", &status), 0);
    EXPECT_EQ(status.st_mtime, 12345);
    put("/tmp/t", "now");
    CHECK_EQ(stat("/tmp/t", &status), 0);
    EXPECT(status.st_mtime < 12345);
    CHECK_EQ(unlink("/tmp/t"), 0);
}

static void pipes_end_of_file_and_no_reader(void)
{
    int fds[2];
    char bytes[8];
    CHECK_EQ(pipe(fds), 0);
    FAILS(lseek(fds[0], 0, SEEK_SET), ESPIPE);
    FAILS(write(fds[0], "x", 1), EBADF);
    FAILS(read(fds[1], bytes, 1), EBADF);
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_EQ(read(fds[0], bytes, sizeof bytes), 3);
    CHECK_EQ(write(fds[1], "d", 1), 1);
    close(fds[1]);
    CHECK_EQ(read(fds[0], bytes, sizeof bytes), 1);
    EXPECT_EQ(read(fds[0], bytes, sizeof bytes), 0);
    close(fds[0]);
    CHECK_EQ(pipe(fds), 0);
    close(fds[0]);
    FAILS(write(fds[1], "x", 1), EPIPE);
    close(fds[1]);
}

struct reading {
    int fd;
    size_t most;
    ssize_t count;
    struct thread *thread;
    unsigned char bytes[512];
};

static int read_once(void *argument)
{
    struct reading *reading = argument;
    reading->count = read(reading->fd, reading->bytes, reading->most);
    return 0;
}

/* It waits at fs before anything that this thread sends there later. */
static void read_begin(struct reading *reading, int fd, size_t most)
{
    reading->fd = fd;
    reading->most = most;
    CHECK_OK(thread_create(&reading->thread, read_once, reading, NULL));
    thread_yield();
}

static void read_is(struct reading *reading, const void *bytes, size_t count)
{
    CHECK_OK(thread_join(reading->thread, NULL));
    CHECK_EQ(reading->count, (ssize_t)count);
    CHECK_EQ(memcmp(reading->bytes, bytes, count), 0);
}

static void pipes_answer_readers_that_wait(void)
{
    static struct reading a, b;
    unsigned char bytes[512];
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    read_begin(&a, fds[0], 4);
    read_begin(&b, fds[0], 8);
    CHECK_EQ(write(fds[1], "abcdef", 6), 6); /* more than the first takes */
    read_is(&a, "abcd", 4);
    read_is(&b, "ef", 2);
    read_begin(&a, fds[0], 4);
    read_begin(&b, fds[0], 8);
    CHECK_EQ(write(fds[1], "gh", 2), 2); /* one to each, in the order in which they came */
    CHECK_EQ(write(fds[1], "ijkl", 4), 4);
    read_is(&a, "gh", 2);
    read_is(&b, "ijkl", 4);
    for (size_t i = 0; i < 600; i++) {
        size_t count = 1 + i * 37 % sizeof bytes;
        memset(bytes, (int)(i & 0xff), count);
        read_begin(&a, fds[0], sizeof a.bytes);
        CHECK_EQ(write(fds[1], bytes, count), (ssize_t)count);
        read_is(&a, bytes, count);
    }
    read_begin(&a, fds[0], 4);
    close(fds[1]);
    read_is(&a, "", 0);
    close(fds[0]);
}

static int write_much(void *argument)
{
    int fd = *(int *)argument;
    unsigned char *bytes = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (unsigned char)(i * 13 + i / 999);
    ssize_t count = write(fd, bytes, LARGE);
    free(bytes);
    close(fd);
    return count == LARGE ? 0 : 1;
}

static void pipes_without_a_reader_are_errors_of_streams(void)
{
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    close(fds[0]);
    FILE *file = fdopen(fds[1], "w");
    CHECK(file != NULL);
    unsigned i = 0;
    while (i < 10000 && !ferror(file)) {
        fputs("y\n", file);
        i++;
    }
    EXPECT(i < 10000);
    fclose(file);
}

static void pipes_hold_writers_up(void)
{
    int fds[2], code;
    struct thread *writer;
    unsigned char bytes[5000];
    size_t all = 0, wrong = 0;
    ssize_t count;
    CHECK_EQ(pipe(fds), 0);
    CHECK_OK(thread_create(&writer, write_much, &fds[1], NULL));
    while ((count = read(fds[0], bytes, 1 + all % sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++, all++)
            wrong += bytes[i] != (unsigned char)(all * 13 + all / 999);
    }
    EXPECT_EQ(all, LARGE);
    EXPECT_EQ(wrong, 0);
    CHECK_OK(thread_join(writer, &code));
    EXPECT_EQ(code, 0);
    close(fds[0]);
}

static err_t copy_start(const char *path, int in, int out, uint64_t *pid)
{
    char *argv[] = {(char *)"t_files", (char *)"copy", NULL};
    int fds[] = {in, out, 2};
    struct program_options options = {.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME};
    return program_spawn(path, &options, pid);
}

static void pipes_through_a_chain_of_programs(void)
{
    int in[2], middle[2], out[2];
    uint64_t first, second;
    struct proc_exit end;
    char bytes[64];
    CHECK_EQ(pipe(in), 0);
    CHECK_EQ(pipe(middle), 0);
    CHECK_EQ(pipe(out), 0);
    CHECK_OK(copy_start(SELF, in[0], middle[1], &first));
    CHECK_OK(copy_start(SELF, middle[0], out[1], &second));
    close(in[0]);
    close(middle[0]);
    close(middle[1]);
    close(out[1]);
    CHECK_EQ(write(in[1], "through two", 11), 11);
    CHECK_EQ(read(out[0], bytes, sizeof bytes), 11);
    EXPECT(memcmp(bytes, "through two", 11) == 0);
    close(in[1]); /* ends the first, whose end ends the second */
    EXPECT_EQ(read(out[0], bytes, sizeof bytes), 0);
    CHECK_OK(proc_wait(proc_default(), first, &end));
    EXPECT_EQ(end.status, 0);
    CHECK_OK(proc_wait(proc_default(), second, &end));
    EXPECT_EQ(end.status, 0);
    close(out[0]);
}

static void pipes_know_that_a_killed_program_is_gone(void)
{
    int in[2], out[2];
    uint64_t pid;
    struct proc_exit end;
    char byte;
    CHECK_EQ(pipe(in), 0);
    CHECK_EQ(pipe(out), 0);
    CHECK_OK(copy_start(SELF, in[0], out[1], &pid));
    close(in[0]);
    close(out[1]);
    CHECK_EQ(write(in[1], "x", 1), 1);
    CHECK_EQ(read(out[0], &byte, 1), 1);
    CHECK_OK(proc_kill(proc_default(), pid));
    EXPECT_EQ(read(out[0], &byte, 1), 0);
    CHECK_OK(proc_wait(proc_default(), pid, &end));
    while (write(in[1], "y", 1) == 1) /* until fs has heard of it */
        ;
    EXPECT_EQ(errno, EPIPE);
    close(in[1]);
    close(out[0]);
}

static void programs_share_the_offset_of_what_they_are_passed(void)
{
    uint64_t pid;
    struct proc_exit end;
    put("/tmp/in", "first second");
    int in = open("/tmp/in", O_RDONLY), out = open("/tmp/out", O_RDWR | O_CREAT | O_TRUNC, 0666);
    char bytes[6];
    CHECK_EQ(read(in, bytes, 6), 6);
    CHECK_EQ(write(out, "> ", 2), 2);
    CHECK_OK(copy_start(SELF, in, out, &pid));
    CHECK_OK(proc_wait(proc_default(), pid, &end));
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(read(in, bytes, 6), 0);
    CHECK_EQ(write(out, " <", 2), 2);
    EXPECT(holds("/tmp/out", "> second <"));
    close(in);
    close(out);
    unlink("/tmp/in");
    unlink("/tmp/out");
}

/* A program that is copied somewhere else, and runs from there. */
static void programs_run_from_any_directory(void)
{
    uint64_t pid;
    struct proc_exit end;
    struct stat status;
    CHECK_EQ(stat(SELF, &status), 0);
    char *program = malloc((size_t)status.st_size);
    int from = open(SELF, O_RDONLY), to = open("/tmp/prog", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(program && from >= 0 && to >= 0);
    CHECK_EQ(read(from, program, (size_t)status.st_size), status.st_size);
    CHECK_EQ(write(to, program, (size_t)status.st_size), status.st_size);
    close(from);
    close(to);
    int in = open("/etc/inventory", O_RDONLY), out = open("/tmp/out", O_RDWR | O_CREAT | O_TRUNC, 0666);
    CHECK_ERR(copy_start("/tmp/prog", in, out, &pid), ERR_ACCESS);
    CHECK_EQ(chmod("/tmp/prog", 0755), 0);
    CHECK_OK(copy_start("/tmp/prog", in, out, &pid));
    CHECK_OK(proc_wait(proc_default(), pid, &end));
    EXPECT_EQ(end.status, 0);
    CHECK_EQ(fstat(in, &status), 0);
    off_t bytes = status.st_size;
    CHECK_EQ(fstat(out, &status), 0);
    EXPECT_EQ(status.st_size, bytes);
    CHECK_EQ(truncate("/tmp/prog", 100), 0);
    EXPECT(copy_start("/tmp/prog", in, out, &pid) != ERR_OK);
    put("/tmp/prog", "#!/bin/sh\n");
    CHECK_ERR(copy_start("/tmp/prog", in, out, &pid), ERR_ELF_HEADER);
    CHECK_ERR(copy_start("/tmp", in, out, &pid), ERR_IS_DIRECTORY);
    CHECK_ERR(copy_start("/tmp/none", in, out, &pid), ERR_NOT_FOUND);
    CHECK_ERR(copy_start(SELF, 55, out, &pid), ERR_INVALID);
    close(in);
    close(out);
    unlink("/tmp/prog");
    unlink("/tmp/out");
    free(program);
}

static void programs_are_found_through_the_path(void)
{
    char path[64];
    CHECK_OK(program_search("t_files", path, sizeof path));
    EXPECT(strcmp(path, SELF) == 0);
    CHECK_ERR(program_search("no_such_program", path, sizeof path), ERR_NOT_FOUND);
    CHECK_EQ(setenv("PATH", "/tmp:/etc", 1), 0);
    CHECK_ERR(program_search("t_files", path, sizeof path), ERR_NOT_FOUND);
    CHECK_ERR(program_search("inventory", path, sizeof path), ERR_ACCESS);
    CHECK_EQ(unsetenv("PATH"), 0);
    CHECK_OK(program_search("/test/t_files", path, sizeof path));
}

/* Space that is used up is an error of the write that needs it, and comes back. */
static void U8_files_fill_all_space(void)
{
    uint64_t used, most, before, nodes, open_files;
    const size_t part = 64 * 1024;
    char *bytes = malloc(part);
    put("/tmp/other", ""); /* the directory grows */
    CHECK_EQ(unlink("/tmp/other"), 0);
    CHECK_OK(fs_usage(fs_default(), &before, &most, &nodes, &open_files));
    uint64_t ram = ram_free();
    int fd = open("/tmp/full", O_RDWR | O_CREAT | O_TRUNC, 0666);
    CHECK(bytes && fd >= 0);
    memset(bytes, 'f', part);
    uint64_t all = 0;
    ssize_t count;
    while ((count = write(fd, bytes, part)) > 0)
        all += (uint64_t)count;
    EXPECT_EQ(count, -1);
    EXPECT_EQ(errno, ENOSPC);
    EXPECT(all > 0 && all <= most);
    int other = open("/tmp/other", O_RDWR | O_CREAT, 0666); /* itself less than a block */
    if (other >= 0) FAILS(write(other, bytes, part), ENOSPC);
    close(other);
    unlink("/tmp/other");
    EXPECT(holds("/dev/null", ""));
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, bytes, part), part);
    close(fd);
    CHECK_EQ(unlink("/tmp/full"), 0);
    ticks_t deadline = deadline_after_ms(20000);
    do {
        CHECK_OK(fs_usage(fs_default(), &used, &most, &nodes, &open_files));
    } while (used > before && clock_ticks() < deadline); /* it is freed in steps */
    EXPECT_EQ(used, before);
    EXPECT(ram_free() + 4 * MIB >= ram); /* but for page tables, and what is kept for the next time */
    free(bytes);
}

static void U8_open_files_are_limited(void)
{
    int fd[80], count = 0;
    put("/tmp/many", "x");
    while (count < 80 && (fd[count] = open("/tmp/many", O_RDONLY)) >= 0)
        count++;
    EXPECT_EQ(errno, EMFILE);
    EXPECT(count >= 50 && count < 80);
    while (count > 0)
        close(fd[--count]);
    EXPECT(holds("/tmp/many", "x"));
    unlink("/tmp/many");
}

/* A directory and all that is in it. */
static bool remove_all(const char *path)
{
    char inner[1024];
    struct dirent *entry;
    DIR *directory = opendir(path);
    bool good = directory != NULL;
    while (good && (entry = readdir(directory))) {
        if (snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= (int)sizeof inner) break;
        good = unlink(inner) == 0 || remove_all(inner);
    }
    if (directory) closedir(directory);
    return good && rmdir(path) == 0;
}

/* Against the model, from four programs at once. */
static void files_of_several_programs_at_once(void)
{
    static const char *const seeds[] = {"11", "12", "13", "14"};
    const char *count = test_soak() ? "20000" : test_quick() ? "300" : "1500";
    uint64_t pid[4];
    CHECK_EQ(mkdir("/tmp/all", 0777), 0);
    for (unsigned i = 0; i < 4; i++) {
        char *argv[] = {(char *)"t_files", (char *)"random", (char *)seeds[i], (char *)count, NULL};
        CHECK_OK(program_spawn(SELF, &(struct program_options){.argv = argv, .priority = PROGRAM_PRIORITY_SAME}, &pid[i]));
    }
    for (unsigned i = 0; i < 4; i++) {
        struct proc_exit end;
        CHECK_OK(proc_wait(proc_default(), pid[i], &end));
        EXPECT_EQ(end.status, 0);
    }
    EXPECT(remove_all("/tmp/all"));
}

static int copy(void)
{
    static char bytes[3000];
    ssize_t count;
    while ((count = read(0, bytes, sizeof bytes)) > 0) {
        if (write(1, bytes, (size_t)count) != count) return 1;
    }
    return count == 0 ? 0 : 2;
}

static const struct test tests[] = {
    TEST(files_open_read_write_seek),
    TEST(files_append),
    TEST(files_survive_rename_and_unlink),
    TEST(files_large_go_through_a_buffer),
    TEST(files_of_the_ramdisk_can_be_written),
    TEST(files_directories),
    TEST(files_modes_are_checked_when_opened),
    TEST(files_working_directory),
    TEST(files_dup_shares_the_offset),
    TEST(files_streams),
    TEST(U6_paths_that_are_none),
    TEST(files_null_device),
    TEST(files_times),
    TEST(pipes_end_of_file_and_no_reader),
    TEST(pipes_answer_readers_that_wait),
    TEST(pipes_without_a_reader_are_errors_of_streams),
    TEST(pipes_hold_writers_up),
    TEST(pipes_through_a_chain_of_programs),
    TEST(pipes_know_that_a_killed_program_is_gone),
    TEST(programs_share_the_offset_of_what_they_are_passed),
    TEST(programs_run_from_any_directory),
    TEST(programs_are_found_through_the_path),
    TEST(files_of_several_programs_at_once),
    TEST(U8_files_fill_all_space),
    TEST(U8_open_files_are_limited),
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "copy") == 0) return copy();
    if (argc == 4 && strcmp(argv[1], "random") == 0) return files_random(argv[2], (unsigned)atoi(argv[3]));
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
