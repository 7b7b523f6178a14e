/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths as a program sees them: directories, the working directory, the modes that are checked on the way, and paths that are none.
 */
#include "file_support.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void files_directories(void)
{
    char name[32];
    CHECK_EQ(mkdir("/tmp/d", 0777), 0);
    FAILS(mkdir("/tmp/d", 0777), EEXIST);
    FAILS(mkdir("/tmp/none/d", 0777), ENOENT);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/tmp/d/file%03u", i);
        file_put(name, "");
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
    EXPECT(file_holds("/tmp/e/file299", ""));
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
    file_put("/tmp/m", "secret");
    CHECK_EQ(stat("/tmp/m", &status), 0);
    EXPECT_EQ(status.st_mode, S_IFREG | 0644);
    int fd = open("/tmp/m", O_RDONLY);
    CHECK_EQ(chmod("/tmp/m", 0), 0);
    EXPECT(file_reads(fd, "secret"));
    close(fd);
    FAILS(open("/tmp/m", O_RDONLY), EACCES);
    FAILS(access("/tmp/m", R_OK), EACCES);
    EXPECT_EQ(access("/tmp/m", F_OK), 0);
    CHECK_EQ(chmod("/tmp/m", 0400), 0);
    EXPECT(file_holds("/tmp/m", "secret"));
    FAILS(open("/tmp/m", O_RDWR), EACCES);
    CHECK_EQ(mkdir("/tmp/closed", 0700), 0);
    file_put("/tmp/closed/in", "in");
    CHECK_EQ(chmod("/tmp/closed", 0500), 0);
    FAILS(open("/tmp/closed/new", O_WRONLY | O_CREAT, 0666), EACCES);
    FAILS(unlink("/tmp/closed/in"), EACCES);
    EXPECT(file_holds("/tmp/closed/in", "in"));
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
    file_put("rel", "ative");
    EXPECT(file_holds("/tmp/w/rel", "ative"));
    EXPECT(file_holds("../w/rel", "ative"));
    FAILS(chdir("rel"), ENOTDIR);
    FAILS(chdir("none"), ENOENT);
    FAILS(open("", O_RDONLY), ENOENT);
    EXPECT(getcwd(now, 3) == NULL && errno == ERANGE);
    CHECK_EQ(unlink("rel"), 0);
    CHECK_EQ(chdir(cwd), 0);
    CHECK_EQ(rmdir("/tmp/w"), 0);
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
    file_put("/tmp/slash", "x");
    FAILS(open("/tmp/slash/", O_RDONLY), ENOTDIR);
    EXPECT(file_holds("//tmp//.././tmp///slash", "x"));
    EXPECT(file_holds("/../../tmp/slash", "x"));
    CHECK_EQ(unlink("/tmp/slash"), 0);
}

static const struct test tests[] = {
    TEST(files_directories),
    TEST(files_modes_are_checked_when_opened),
    TEST(files_working_directory),
    TEST(U6_paths_that_are_none),
};
TEST_MAIN(tests)
