/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the network programs share. They are ordinary programs on sockets and also build on the host (platform_posix.c in place of
 * platform.c), where the tests drive them against each other and against others' programs. Exit status: 0, 1: it did not work, 2: arguments.
 */
#ifndef NET_TOOLS_H
#define NET_TOOLS_H

#include <cli/names.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

tool_fn tool_arp, tool_ifconfig, tool_iperfd, tool_nc, tool_netstat, tool_nslookup, tool_ping, tool_tcp_echo,
    tool_udp_echo, tool_wget;

#define NET_LARGEST 65507 /* bytes of data that a packet of UDP or ICMP can have: RFC 768, RFC 791 */

/* platform.c: what is Capelin's own */
uint64_t platform_us(void);
/* Run `work` in a thread that nobody waits for. False: there is no memory for it. */
bool platform_thread(void (*work)(void *argument), void *argument);
/* The name server as text; "" if none is known. */
const char *platform_name_server(char text[INET_ADDRSTRLEN]);

/* "PROGRAM: WHAT: reason" of errno on stderr; returns 1. */
int tools_failed(const char *program, const char *what);
/* A port from 1 to 65535, in the host's order; ends the program if it is none. */
struct cli;
uint16_t tools_port(const struct cli *cli, const char *text);
/* An address or a name. If there is none it says so, naming the program, and answers false. */
bool tools_resolve(const char *program, const char *host, struct in_addr *address);
struct sockaddr_in tools_address(struct in_addr host, uint16_t port);
/* "10.0.2.2:80"; the text is good until the third call from now. */
const char *tools_text(const struct sockaddr_in *address);
/* A socket of `type` that is bound to a port of all addresses, and listens if it is a stream's. -1: errno. */
int tools_serve(int type, uint16_t port);
/* The same, again and again while the network is away (it is being started again). -1: errno, the port is not to be had. */
int tools_serve_again(int type, uint16_t port);
/* serve.c: a server of streams, for at most `most` clients at once. */
#define TOOLS_CLIENTS_MAX 56
struct pollfd;
struct tools_server {
    const char *program;
    uint16_t port;
    unsigned most;
    void *(*begin)(void);                          /* somebody has connected; NULL: there is no memory for that */
    bool (*go)(void *client, struct pollfd *file); /* what poll() said; says what to wait for next. False: it is over */
    void (*end)(void *client);                     /* the socket is closed already */
    uint64_t (*until)(const void *client);         /* by platform_us(): when its time is over. NULL: never */
};
/* Serve at `fd`, from tools_serve(). Returns, with 1, only if the port cannot be had again after the network has failed. */
int tools_serve_streams(const struct tools_server *server, int fd);
/* A stream to a host; waits `ms` at most (0: as long as it takes). -1: errno. */
int tools_connect(const struct sockaddr_in *address, int ms);
bool tools_set_blocking(int fd, bool blocking);
/* How long a call of the socket may take; 0: for ever. */
void tools_set_timeout(int fd, unsigned ms);
/* All of it. False: errno. */
bool tools_write_all(int fd, const void *data, size_t bytes);
/* The sum of RFC 1071. */
uint16_t tools_checksum(const void *data, size_t bytes);

#endif
