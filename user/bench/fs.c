/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and pipes, through the C library: open, read, write and close of little and of much, and pipes to another program. */
#include "bench.h"
#include <fcntl.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 1000
#define MUCH (1024 * 1024)
#define ROUNDS_MUCH 20
#define FILE_NAME "/tmp/bench"

static char *bytes;

static void must(bool good, const char *what)
{
    if (!good) bench_fail(what, ERR_DEVICE);
}

/* Reads and writes of `size` from the file's start, and opening and closing it around. */
static void measure(size_t size, unsigned rounds, const char *write_key, const char *read_key, const char *all_key)
{
    int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0666);
    must(fd >= 0, "open");
    must(write(fd, bytes, size) == (ssize_t)size, "write");
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < rounds; i++) {
        lseek(fd, 0, SEEK_SET);
        uint32_t start = bench_count();
        ssize_t count = write(fd, bytes, size);
        samples_add(&bench_samples, start, bench_count());
        must(count == (ssize_t)size, "write");
    }
    samples_print(&bench_samples, write_key, 1);
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < rounds; i++) {
        lseek(fd, 0, SEEK_SET);
        uint32_t start = bench_count();
        ssize_t count = read(fd, bytes, size);
        samples_add(&bench_samples, start, bench_count());
        must(count == (ssize_t)size, "read");
    }
    samples_print(&bench_samples, read_key, 1);
    close(fd);
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < rounds; i++) {
        uint32_t start = bench_count();
        fd = open(FILE_NAME, O_RDWR);
        ssize_t count = read(fd, bytes, size);
        lseek(fd, 0, SEEK_SET);
        count += write(fd, bytes, size);
        close(fd);
        samples_add(&bench_samples, start, bench_count());
        must(count == 2 * (ssize_t)size, "read and write");
    }
    samples_print(&bench_samples, all_key, 1);
    unlink(FILE_NAME);
}

static void measure_open(void)
{
    close(open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0666));
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        int fd = open(FILE_NAME, O_RDONLY);
        close(fd);
        samples_add(&bench_samples, start, bench_count());
        must(fd >= 0, "open");
    }
    samples_print(&bench_samples, "fs_open_close", 1);
    unlink(FILE_NAME);
}

/* The other program: echoes byte by byte, or takes all there is and then says so. */
int pipe_peer(int argc, char **argv)
{
    char much[4096], byte;
    (void)argv;
    if (argc == 0) {
        while (read(0, &byte, 1) == 1)
            write(1, &byte, 1);
        return 0;
    }
    while (read(0, much, sizeof much) > 0)
        ;
    return write(1, much, 1) == 1 ? 0 : 1;
}

static void peer_start(bool sink, int to[2], int from[2], uint64_t *pid)
{
    char *argv[] = {(char *)"bench", (char *)"peer-pipe", sink ? (char *)"sink" : NULL, NULL};
    must(pipe(to) == 0 && pipe(from) == 0, "pipe");
    int fds[] = {to[0], from[1], 2};
    struct program_options options = {.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME};
    BENCH_OK(program_spawn("/bin/bench", &options, pid));
    close(to[0]);
    close(from[1]);
}

static void round_trips(void)
{
    int to[2], from[2];
    uint64_t pid;
    struct proc_exit exit;
    char byte = 'x';
    peer_start(false, to, from, &pid);
    must(write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1, "pipe");
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t start = bench_count();
        bool good = write(to[1], &byte, 1) == 1 && read(from[0], &byte, 1) == 1;
        samples_add(&bench_samples, start, bench_count());
        must(good, "pipe");
    }
    samples_print(&bench_samples, "pipe_round_trip", 1);
    close(to[1]);
    close(from[0]);
    BENCH_OK(proc_wait(proc_default(), pid, &exit));
}

static void throughput(void)
{
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < ROUNDS_MUCH; i++) {
        int to[2], from[2];
        uint64_t pid;
        struct proc_exit exit;
        char byte;
        peer_start(true, to, from, &pid);
        must(write(to[1], bytes, 4096) == 4096, "pipe"); /* it has started when that is gone */
        uint32_t start = bench_count();
        bool good = write(to[1], bytes, MUCH) == MUCH;
        close(to[1]);
        good = good && read(from[0], &byte, 1) == 1;
        samples_add(&bench_samples, start, bench_count());
        must(good, "pipe");
        close(from[0]);
        BENCH_OK(proc_wait(proc_default(), pid, &exit));
    }
    samples_print(&bench_samples, "pipe_1m", 1);
}

void bench_fs(void)
{
    bytes = calloc(1, MUCH);
    must(bytes, "calloc");
    measure_open();
    measure(1, ROUNDS, "fs_write_1", "fs_read_1", "fs_all_1");
    measure(4096, ROUNDS, "fs_write_4k", "fs_read_4k", "fs_all_4k");
    measure(MUCH, ROUNDS_MUCH, "fs_write_1m", "fs_read_1m", "fs_all_1m");
    round_trips();
    throughput();
    free(bytes);
}
