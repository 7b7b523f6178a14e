/* SPDX-License-Identifier: BSD-2-Clause */
/* How a program ends: exit code, abort, failed assertion. exit() itself is the C library's. */
#include <abi/spawn_info.h>
#include <assert.h>
#include <caps/caps.h>
#include <errno.h>
#include <paging/paging.h>
#include <threads/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_SIGNAL 128

_Noreturn void _exit(int code)
{
    disp_exit((uint32_t)code);
}

_Noreturn void abort(void)
{
    paging_abort(thread_id(thread_self()), "abort");
}

/* "file.c:12: expression" into `text`: without stdio, which may be what failed. */
static void text_append(char *text, size_t bytes, const char *more)
{
    size_t length = strlen(text);
    size_t room = bytes - length - 1;
    size_t count = strnlen(more, room);
    memcpy(text + length, more, count);
    text[length + count] = 0;
}

_Noreturn void __assert_func(const char *file, int line, const char *function, const char *expression)
{
    char text[sizeof((struct fault_report *)0)->region] = "assert ";
    char digits[12];
    char *digit = digits + sizeof digits;
    const char *slash = strrchr(file, '/');
    (void)function;
    *--digit = 0;
    do {
        *--digit = '0' + line % 10;
    } while ((line /= 10) > 0);
    text_append(text, sizeof text, slash ? slash + 1 : file);
    text_append(text, sizeof text, ":");
    text_append(text, sizeof text, digit);
    text_append(text, sizeof text, ": ");
    text_append(text, sizeof text, expression);
    paging_abort(thread_id(thread_self()), text);
}

pid_t getpid(void)
{
    return ((const struct spawn_info *)VADDR_INFO)->pid;
}

/* Signals exist by number only: one to oneself ends the process as if it were not caught. */
int kill(pid_t pid, int signal)
{
    if (pid != getpid()) {
        errno = ENOSYS;
        return -1;
    }
    if (signal == 0) return 0;
    if (signal == SIGABRT) abort();
    _exit(EXIT_SIGNAL + signal);
}
