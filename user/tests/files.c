/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files as a program sees them: POSIX's functions and streams, what survives rename and unlink, what several programs do at once, and
 * what happens when space or descriptors are used up. With the argument `random` it is one of those several.
 */
#include "file_support.h"
#include "files_random.h"
#include <dirent.h>
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

#define SELF "/test/t_files"
#define LARGE (1024 * 1024 + 4321)

static void files_open_read_write_seek(void)
{
    char bytes[16];
    FAILS(open("/tmp/none", O_RDONLY), ENOENT);
    file_put("/tmp/a", "hello world");
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
    EXPECT(file_holds("/tmp/a", "hello there, you"));
    CHECK_EQ(ftruncate(fd, 5), 0);
    EXPECT(file_holds("/tmp/a", "hello"));
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
    file_put("/tmp/log", "one\n");
    int a = open("/tmp/log", O_WRONLY | O_APPEND), b = open("/tmp/log", O_WRONLY | O_APPEND);
    CHECK_EQ(write(a, "two\n", 4), 4);
    CHECK_EQ(write(b, "three\n", 6), 6);
    CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
    CHECK_EQ(write(a, "four\n", 5), 5);
    EXPECT(file_holds("/tmp/log", "one\ntwo\nthree\nfour\n"));
    close(a);
    close(b);
    CHECK_EQ(unlink("/tmp/log"), 0);
}

static void files_survive_rename_and_unlink(void)
{
    file_put("/tmp/old", "kept");
    file_put("/tmp/other", "replaced");
    int fd = open("/tmp/old", O_RDWR), other = open("/tmp/other", O_RDONLY);
    CHECK_EQ(rename("/tmp/old", "/tmp/other"), 0);
    FAILS(open("/tmp/old", O_RDONLY), ENOENT);
    EXPECT(file_reads(fd, "kept"));
    EXPECT(file_reads(other, "replaced"));
    EXPECT(file_holds("/tmp/other", "kept"));
    CHECK_EQ(unlink("/tmp/other"), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 4);
    CHECK_EQ(write(fd, " on", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT(file_reads(fd, "kept on"));
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

static void files_dup_shares_the_offset(void)
{
    file_put("/tmp/dup", "0123456789");
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
    file_put("/tmp/t", "");
    struct utimbuf times = {.modtime = 12345};
    CHECK_EQ(utime("/tmp/t", &times), 0);
    CHECK_EQ(stat("/tmp/t", &status), 0);
    EXPECT_EQ(status.st_mtime, 12345);
    file_put("/tmp/t", "now");
    CHECK_EQ(stat("/tmp/t", &status), 0);
    EXPECT(status.st_mtime < 12345);
    CHECK_EQ(unlink("/tmp/t"), 0);
}

/* Space that is used up is an error of the write that needs it, and comes back. */
static void U8_files_fill_all_space(void)
{
    uint64_t used, most, before, nodes, open_files;
    const size_t part = 64 * 1024;
    char *bytes = malloc(part);
    file_put("/tmp/other", ""); /* the directory grows */
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
    EXPECT(file_holds("/dev/null", ""));
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
    file_put("/tmp/many", "x");
    while (count < 80 && (fd[count] = open("/tmp/many", O_RDONLY)) >= 0)
        count++;
    EXPECT_EQ(errno, EMFILE);
    EXPECT(count >= 50 && count < 80);
    while (count > 0)
        close(fd[--count]);
    EXPECT(file_holds("/tmp/many", "x"));
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

static const struct test tests[] = {
    TEST(files_open_read_write_seek),
    TEST(files_append),
    TEST(files_survive_rename_and_unlink),
    TEST(files_large_go_through_a_buffer),
    TEST(files_of_the_ramdisk_can_be_written),
    TEST(files_dup_shares_the_offset),
    TEST(files_streams),
    TEST(files_null_device),
    TEST(files_times),
    TEST(files_of_several_programs_at_once),
    TEST(U8_files_fill_all_space),
    TEST(U8_open_files_are_limited),
};

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "random") == 0) return files_random(argv[2], (unsigned)atoi(argv[3]));
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
