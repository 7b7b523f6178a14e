/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell on the host, for the comparison of scripts: sh [-c LINE | FILE] [ARGUMENT...].
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../run.h"
#include "../session.h"
#include "../shell.h"

int main(int argc, char *argv[])
{
    signal(SIGPIPE, SIG_IGN);
    shell_command_tables(language_commands, NULL);
    session_start((unsigned long long)getpid());
    int status = session_run(argc, argv);
    session_end();
    return status;
}
