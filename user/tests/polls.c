/* SPDX-License-Identifier: BSD-2-Clause */
/* poll() and select() on what is no socket: files, which are always ready, pipes, and the console (`t_polls console`, for a test that types). */
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <threads/thread.h>
#include <threads/time.h>
#include <unistd.h>

static short polled(int fd, short events, int timeout)
{
    struct pollfd file = {fd, events, -1};
    int ready = poll(&file, 1, timeout);
    return ready == (file.revents != 0) ? file.revents : -1;
}

static void polls_pipe(void)
{
    int fds[2];
    char bytes[4096] = {0};
    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(polled(fds[0], POLLIN, 0), 0);
    CHECK_EQ(polled(fds[1], POLLOUT, 0), POLLOUT);
    CHECK_EQ(polled(fds[1], POLLIN, 0), 0);
    CHECK_EQ(write(fds[1], "abc", 3), 3);
    CHECK_EQ(polled(fds[0], POLLIN, -1), POLLIN);
    CHECK_EQ(read(fds[0], bytes, 3), 3);
    CHECK_EQ(polled(fds[0], POLLIN, 0), 0);
    unsigned written = 0;
    while (polled(fds[1], POLLOUT, 0) == POLLOUT && written < 1000) {
        CHECK_EQ(write(fds[1], bytes, sizeof bytes), sizeof bytes);
        written++;
    }
    CHECK(written > 1 && written < 1000);
    CHECK_EQ(read(fds[0], bytes, sizeof bytes), sizeof bytes);
    CHECK_EQ(polled(fds[1], POLLOUT, 0), POLLOUT);
    close(fds[1]);
    CHECK_EQ(polled(fds[0], POLLIN, 0), POLLIN | POLLHUP);
    for (unsigned i = 1; i < written; i++)
        CHECK_EQ(read(fds[0], bytes, sizeof bytes), sizeof bytes);
    CHECK_EQ(polled(fds[0], POLLIN, -1), POLLHUP);
    CHECK_EQ(read(fds[0], bytes, sizeof bytes), 0);
    close(fds[0]);
    CHECK_EQ(pipe(fds), 0);
    close(fds[0]);
    CHECK_EQ(polled(fds[1], POLLOUT, -1), POLLOUT | POLLERR);
    close(fds[1]);
}

static int write_later(void *argument)
{
    thread_sleep_ms(30);
    return write(*(int *)argument, "x", 1) == 1 ? 0 : 1;
}

/* Until something comes, and no longer than it may. */
static void polls_wait(void)
{
    int fds[2], code;
    struct thread *thread;
    struct timeval time = {0, 20000};
    fd_set reading;
    CHECK_EQ(pipe(fds), 0);
    uint64_t before = us_from_ticks(clock_ticks());
    CHECK_EQ(polled(fds[0], POLLIN, 50), 0);
    CHECK(us_from_ticks(clock_ticks()) - before >= 50000);
    CHECK_EQ(thread_create(&thread, write_later, &fds[1], NULL), ERR_OK);
    CHECK_EQ(polled(fds[0], POLLIN, -1), POLLIN);
    CHECK_EQ(thread_join(thread, &code), ERR_OK);
    CHECK_EQ(code, 0);
    FD_ZERO(&reading);
    FD_SET(fds[0], &reading);
    CHECK_EQ(select(fds[0] + 1, &reading, NULL, NULL, NULL), 1);
    char byte;
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(select(fds[0] + 1, &reading, NULL, NULL, &time), 0);
    CHECK(!FD_ISSET(fds[0], &reading));
    close(fds[0]);
    close(fds[1]);
}

static void polls_files(void)
{
    int fd = open("/tmp/polls", O_RDWR | O_CREAT | O_TRUNC, 0666), fds[2];
    CHECK(fd >= 0);
    CHECK_EQ(polled(fd, POLLIN | POLLOUT, -1), POLLIN | POLLOUT);
    CHECK_EQ(pipe(fds), 0);
    struct pollfd files[] = {{fds[0], POLLIN, 0}, {fd, POLLIN, 0}, {-1, POLLIN, 7}, {fds[1], POLLOUT, 0}};
    CHECK_EQ(poll(files, 4, -1), 2);
    CHECK(files[0].revents == 0 && files[1].revents == POLLIN && files[2].revents == 0 && files[3].revents == POLLOUT);
    close(fd);
    unlink("/tmp/polls");
    CHECK_EQ(polled(fd, POLLIN, 0), POLLNVAL);
    close(fds[0]);
    close(fds[1]);
    CHECK_EQ(poll(NULL, 0, 1), 0);
    CHECK(poll(files, 100000, 0) == -1 && errno == EINVAL);
}

static const struct test tests[] = {
    TEST(polls_pipe),
    TEST(polls_wait),
    TEST(polls_files),
};

/* Says what the console is ready for before and after something was typed, and what that was. */
static int console(void)
{
    char line[80];
    short before = polled(0, POLLIN, 20), out = polled(1, POLLOUT, -1);
    printf("before %d, output %d\n", before != 0, out == POLLOUT);
    fflush(stdout);
    short after = polled(0, POLLIN, -1);
    ssize_t count = read(0, line, sizeof line - 1);
    line[count > 0 ? count : 0] = 0;
    printf("after %d: %s", after == POLLIN, line);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "console") == 0) return console();
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
