/* SPDX-License-Identifier: BSD-2-Clause */
/* `nslookup`: the addresses that a name has. */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "tools.h"

static const struct cli cli = {"nslookup", "HOST...", "  Print the addresses of hosts, as the name server knows them.\n"};

static int lookup(const char *name)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error != 0) {
        fprintf(stderr, "nslookup: %.100s: %s\n", name, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return 1;
    }
    for (struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        printf("%s %s\n", name, inet_ntoa(((struct sockaddr_in *)(void *)at->ai_addr)->sin_addr));
    }
    freeaddrinfo(found);
    return 0;
}

int tool_nslookup(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    char text[INET_ADDRSTRLEN];
    int status = 0;
    cli_option(&cli, &options, "");
    if (options.next == argc) {
        cli_refuse(&cli, "which name?");
    }
    const char *server = platform_name_server(text);
    if (server[0] != '\0') {
        printf("server %s\n", server);
    }
    for (int i = options.next; i < argc; i++) {
        status |= lookup(argv[i]);
    }
    return status;
}
