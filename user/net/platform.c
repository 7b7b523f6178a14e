/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network programs need of Capelin beyond POSIX. */
#include <arpa/inet.h>
#include <idl/net.h>
#include <stdlib.h>
#include <threads/thread.h>

#include "tools.h"

struct work {
    void (*run)(void *argument);
    void *argument;
};

uint64_t platform_us(void)
{
    return us_from_ticks(clock_ticks());
}

static int work_main(void *argument)
{
    struct work work = *(struct work *)argument;
    free(argument);
    work.run(work.argument);
    return 0;
}

bool platform_thread(void (*run)(void *argument), void *argument)
{
    struct thread *thread;
    struct work *work = malloc(sizeof *work);
    if (work == NULL) {
        return false;
    }
    *work = (struct work){run, argument};
    if (thread_create(&thread, work_main, work, &(struct thread_options){.detached = true}) != ERR_OK) {
        free(work);
        return false;
    }
    return true;
}

const char *platform_name_server(char text[INET_ADDRSTRLEN])
{
    uint32_t address = 0;
    if (net_name_server(net_default(), 0, &address) != ERR_OK || address == 0) {
        return "";
    }
    return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}
