/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of UMP share: a service in another process, on this core or on core 1, and this process's client of it. */
#ifndef TESTS_UMP_SUPPORT_H
#define TESTS_UMP_SUPPORT_H

#include "support.h"
#include <idl/echo.h>
#include <stdbool.h>

#define UMP_NAME "test.echo" /* of the service */
#define UMP_CAPS 8           /* as many as one of its messages takes */

extern uint64_t ump_server_pid;
extern struct echo_client ump_echo;
extern bool ump_away; /* the service is to be on core 1 */

/* Starts the service; false: the running test ends here, there is no such core or it did not start. */
bool ump_server_begin(void);
/* Asks it to leave, and waits for its end. */
void ump_server_end(void);
err_t ump_server_kill(void);
/* Waits for its end. */
err_t ump_server_wait(void);
/* One more client, not bound yet. */
struct echo_client ump_client_new(void);
/* How many clients the service has; waiting until they are so many; until so many calls are held. */
uint32_t ump_clients(void);
void ump_await_clients(uint32_t number);
void ump_await_held(uint32_t number);

/* The same test with the service on core 1. */
#define BETWEEN_CORES(test)                                                                                            \
    static void test##_between_cores(void)                                                                             \
    {                                                                                                                  \
        ump_away = true;                                                                                               \
        test();                                                                                                        \
        ump_away = false;                                                                                              \
    }

#endif
