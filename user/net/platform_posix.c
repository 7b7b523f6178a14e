/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.c for the host, where the network programs are tested. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "tools.h"

struct work {
    void (*run)(void *argument);
    void *argument;
};

uint64_t platform_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *work_main(void *argument)
{
    struct work work = *(struct work *)argument;
    free(argument);
    work.run(work.argument);
    return NULL;
}

bool platform_thread(void (*run)(void *argument), void *argument)
{
    pthread_t thread;
    struct work *work = malloc(sizeof *work);
    if (work == NULL) {
        return false;
    }
    *work = (struct work){run, argument};
    if (pthread_create(&thread, NULL, work_main, work) != 0) {
        free(work);
        return false;
    }
    pthread_detach(thread);
    return true;
}

const char *platform_name_server(char text[INET_ADDRSTRLEN])
{
    text[0] = '\0';
    return text;
}
