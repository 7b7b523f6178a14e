/* SPDX-License-Identifier: BSD-2-Clause */
/* The service of the tests of UMP, started and ended by them, and what they wait for in it. */
#include "ump_support.h"
#include <idl/names.h>
#include <idl/proc.h>
#include <threads/thread.h>

uint64_t ump_server_pid;
struct echo_client ump_echo;
bool ump_away;
static struct proc_client *server_by; /* who started it */

static err_t server_start(void)
{
    static struct proc_client proc_1 = PROC_CLIENT_NAMED("proc.1");
    static const char args[] = "echoes\0serve";
    server_by = ump_away ? &proc_1 : proc_default();
    return proc_spawn(server_by, args, args, sizeof args, "HOME=/", 7, 0, 8, "", 0, NULL, 0, &ump_server_pid);
}

err_t ump_server_kill(void)
{
    return proc_kill(server_by, ump_server_pid);
}

err_t ump_server_wait(void)
{
    struct proc_exit exit;
    return proc_wait(server_by, ump_server_pid, &exit);
}

struct echo_client ump_client_new(void)
{
    struct echo_client client = ECHO_CLIENT_NAMED(UMP_NAME);
    client.channel.by_ump = true;
    return client;
}

bool ump_server_begin(void)
{
    rpc_set_deadline(deadline_after_ms(20000)); /* nothing here takes long: what hangs is an error */
    if (ump_away && names_lookup(names_default(), "proc.1", NULL, NULL) == ERR_NOT_FOUND) {
        test_skip("there is no core 1");
        return false;
    }
    err_t err = server_start();
    uint64_t pid = 0;
    while (!err && pid != ump_server_pid) { /* its predecessor's name may be there yet, on this core */
        err = names_await(names_default(), UMP_NAME, &pid, NULL);
        if (pid != ump_server_pid) thread_yield();
    }
    ump_echo = ump_client_new();
    return EXPECT_ERR(err, ERR_OK);
}

void ump_server_end(void)
{
    EXPECT_ERR(echo_leave(&ump_echo), ERR_PEER_DEAD);
    echo_client_close(&ump_echo);
    EXPECT_ERR(ump_server_wait(), ERR_OK);
    rpc_set_deadline(0);
}

uint32_t ump_clients(void)
{
    uint32_t number = 0;
    EXPECT_ERR(echo_about(&ump_echo, NULL, &number), ERR_OK);
    return number;
}

void ump_await_clients(uint32_t number)
{
    for (unsigned i = 0; i < 5000 && ump_clients() != number; i++) {
        thread_yield();
    }
    EXPECT_EQ(ump_clients(), number);
}

void ump_await_held(uint32_t number)
{
    uint32_t now = 0, gave_up;
    for (unsigned i = 0; i < 2000 && now != number; i++) {
        CHECK_ERR(echo_held(&ump_echo, &now, &gave_up), ERR_OK);
        thread_yield();
    }
    EXPECT_EQ(now, number);
}
