/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell on the host, and the comparison of scripts: each one in user/tests/scripts gives the same output and exit status as with the
 * host's sh. Called as "sh" (or with arguments) it is the shell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../run.h"
#include "../session.h"
#include "../shell.h"

#define SCRIPTS "user/tests/scripts"
#define SCRIPTS_LEAST 100
#define OUTPUT_BYTES 65536

struct result {
    char output[OUTPUT_BYTES];
    size_t length;
    int status;
};

static char self[PATH_MAX];
static char folder[] = "/tmp/capelin-scripts-XXXXXX";

/* A directory whose `sh` is this one, in front of PATH; and an empty one to run in. */
static void child(const char *shell, const char *script, int out)
{
    char path[PATH_MAX + 64], link[sizeof folder + 32], work[sizeof folder + 32];
    snprintf(link, sizeof link, "%s/bin/sh", folder);
    snprintf(work, sizeof work, "%s/work", folder);
    snprintf(path, sizeof path, "PATH=%s/bin:/usr/bin:/bin", folder);
    unlink(link);
    char *environment[] = {path, (char *)"HOME=/", (char *)"LC_ALL=C", (char *)"ASAN_OPTIONS=detect_leaks=1", NULL};
    char *argv[] = {(char *)"sh", (char *)script, NULL};
    int null = open("/dev/null", O_RDWR);
    if (symlink(shell, link) != 0 || chdir(work) != 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0) {
        _exit(125);
    }
    execve(shell, argv, environment);
    _exit(125);
}

static void run_with(const char *shell, const char *script, struct result *result)
{
    char line[sizeof folder + 64];
    int ends[2], status = 0;
    snprintf(line, sizeof line, "rm -rf %s/work; mkdir -p %s/work %s/bin", folder, folder, folder);
    assert_int_equal(system(line), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(shell, script, ends[1]);
    }
    close(ends[1]);
    result->length = 0;
    for (ssize_t count; (count = read(ends[0], result->output + result->length, OUTPUT_BYTES - result->length)) > 0;) {
        result->length += (size_t)count;
    }
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool compare(const char *name)
{
    static struct result theirs, ours;
    char relative[PATH_MAX], script[PATH_MAX];
    snprintf(relative, sizeof relative, "%s/%s", SCRIPTS, name);
    assert_non_null(realpath(relative, script));
    run_with("/bin/sh", script, &theirs);
    run_with(self, script, &ours);
    bool same = theirs.status == ours.status && theirs.length == ours.length &&
                memcmp(theirs.output, ours.output, ours.length) == 0;
    if (!same) {
        print_error("%s: status %d, with the host's sh %d; output:\n%.*s\n-- the host's:\n%.*s\n", name, ours.status,
                    theirs.status, (int)ours.length, ours.output, (int)theirs.length, theirs.output);
    }
    return same;
}

static void test_scripts(void **unused)
{
    unsigned count = 0, different = 0;
    DIR *directory = opendir(SCRIPTS);
    (void)unused;
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            count++;
            different += !compare(entry->d_name);
        }
    }
    closedir(directory);
    assert_true(count >= SCRIPTS_LEAST);
    assert_int_equal(different, 0);
}

static int prepare(void **unused)
{
    (void)unused;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    return length > 0 && mkdtemp(folder) != NULL ? 0 : 1;
}

static int clean(void **unused)
{
    char line[sizeof folder + 16];
    (void)unused;
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line);
}

static int shell(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    shell_command_tables(language_commands, NULL);
    session_start((unsigned long long)getpid());
    int status = session_run(argc, argv);
    session_end();
    return status;
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scripts)};
    const char *slash = strrchr(argv[0], '/');
    if (argc > 1 || strcmp(slash != NULL ? slash + 1 : argv[0], "sh") == 0) {
        return shell(argc, argv);
    }
    return cmocka_run_group_tests(tests, prepare, clean);
}
