/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs started from files, with open files passed to them: from which files, found how, and what they share with who started them.
 * With the argument `copy` it is such a program.
 */
#include "file_support.h"
#include <fcntl.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/test/t_programs"

static void programs_share_the_offset_of_what_they_are_passed(void)
{
    uint64_t pid;
    struct proc_exit end;
    file_put("/tmp/in", "first second");
    int in = open("/tmp/in", O_RDONLY), out = open("/tmp/out", O_RDWR | O_CREAT | O_TRUNC, 0666);
    char bytes[6];
    CHECK_EQ(read(in, bytes, 6), 6);
    CHECK_EQ(write(out, "> ", 2), 2);
    CHECK_OK(copy_start(SELF, in, out, &pid));
    CHECK_OK(proc_wait(proc_default(), pid, &end));
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(read(in, bytes, 6), 0);
    CHECK_EQ(write(out, " <", 2), 2);
    EXPECT(file_holds("/tmp/out", "> second <"));
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
    file_put("/tmp/prog", "#!/bin/sh\n");
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
    CHECK_OK(program_search("t_programs", path, sizeof path));
    EXPECT(strcmp(path, SELF) == 0);
    CHECK_ERR(program_search("no_such_program", path, sizeof path), ERR_NOT_FOUND);
    CHECK_EQ(setenv("PATH", "/tmp:/etc", 1), 0);
    CHECK_ERR(program_search("t_programs", path, sizeof path), ERR_NOT_FOUND);
    CHECK_ERR(program_search("inventory", path, sizeof path), ERR_ACCESS);
    CHECK_EQ(unsetenv("PATH"), 0);
    CHECK_OK(program_search("/test/t_programs", path, sizeof path));
}

static const struct test tests[] = {
    TEST(programs_share_the_offset_of_what_they_are_passed),
    TEST(programs_run_from_any_directory),
    TEST(programs_are_found_through_the_path),
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "copy") == 0) return copy_main();
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
