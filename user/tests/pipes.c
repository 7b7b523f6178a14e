/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: their ends, readers and writers that wait, chains of programs, and programs that are killed with an end in their hands. With
 * the argument `copy` it is a program of such a chain.
 */
#include "file_support.h"
#include <fcntl.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>
#include <unistd.h>

#define SELF "/test/t_pipes"
#define LARGE (1024 * 1024 + 4321)

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

static const struct test tests[] = {
    TEST(pipes_end_of_file_and_no_reader),
    TEST(pipes_answer_readers_that_wait),
    TEST(pipes_without_a_reader_are_errors_of_streams),
    TEST(pipes_hold_writers_up),
    TEST(pipes_through_a_chain_of_programs),
    TEST(pipes_know_that_a_killed_program_is_gone),
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "copy") == 0) return copy_main();
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
