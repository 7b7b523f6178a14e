/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of hosts and services. A host's name is asked of net, which asks the servers that it knows; services are the few that are known here. */
#include "socket.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__thread int h_errno;

static const struct known {
    const char *name;
    uint16_t port;
} services[] = {
    {"echo", 7},    {"discard", 9}, {"ftp", 21},  {"ssh", 22},    {"telnet", 23},
    {"domain", 53}, {"http", 80},   {"ntp", 123}, {"https", 443},
};

static int service_port(const char *service, int flags, uint16_t *port)
{
    char *end;
    if (service == NULL) {
        *port = 0;
        return 0;
    }
    unsigned long value = strtoul(service, &end, 10);
    if (*service != '\0' && *end == '\0') {
        *port = (uint16_t)value;
        return value <= UINT16_MAX ? 0 : EAI_SERVICE;
    }
    if (flags & AI_NUMERICSERV) return EAI_NONAME;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (strcmp(services[i].name, service) != 0) continue;
        *port = services[i].port;
        return 0;
    }
    return EAI_SERVICE;
}

static int name_resolve(const char *name, uint32_t *address)
{
    struct net_client *net;
    if (strcmp(name, "localhost") == 0) {
        *address = htonl(INADDR_LOOPBACK);
        return 0;
    }
    if (*name == '\0' || strlen(name) > NET_NAME_MAX) return EAI_NONAME;
    err_t err = net_channel(&net);
    if (err == ERR_OK) err = net_resolve(net, name, address);
    if (err == ERR_NOT_FOUND) return EAI_NONAME;
    return err == ERR_OK ? 0 : err == ERR_NO_MEMORY ? EAI_MEMORY : EAI_AGAIN;
}

static int host_address(const char *host, int flags, uint32_t *address)
{
    struct in_addr in;
    if (host == NULL) {
        *address = flags & AI_PASSIVE ? INADDR_ANY : htonl(INADDR_LOOPBACK);
        return 0;
    }
    if (inet_aton(host, &in)) {
        *address = in.s_addr;
        return 0;
    }
    return flags & AI_NUMERICHOST ? EAI_NONAME : name_resolve(host, address);
}

/* The result, its address and its name are one piece of memory. */
struct result {
    struct addrinfo info;
    struct sockaddr_in address;
    char name[];
};

static struct addrinfo *result_make(uint32_t address, uint16_t port, int type, int protocol, const char *name)
{
    struct result *result = calloc(1, sizeof *result + (name != NULL ? strlen(name) + 1 : 0));
    if (result == NULL) return NULL;
    result->address = (struct sockaddr_in){AF_INET, port, {address}, {0}};
    result->info = (struct addrinfo){.ai_family = AF_INET,
                                     .ai_socktype = type,
                                     .ai_protocol = protocol,
                                     .ai_addrlen = sizeof result->address,
                                     .ai_addr = (struct sockaddr *)&result->address};
    if (name != NULL) result->info.ai_canonname = strcpy(result->name, name);
    return &result->info;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    static const struct {
        int type, protocol;
    } kinds[] = {{SOCK_STREAM, IPPROTO_TCP}, {SOCK_DGRAM, IPPROTO_UDP}};
    static const struct addrinfo none;
    struct addrinfo **last = result;
    uint32_t address = 0;
    uint16_t port = 0;
    if (hints == NULL) hints = &none;
    *result = NULL;
    if (host == NULL && service == NULL) return EAI_NONAME;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET) return EAI_FAMILY;
    int error = service_port(service, hints->ai_flags, &port);
    if (error == 0) error = host_address(host, hints->ai_flags, &address);
    if (error != 0) return error;
    if (hints->ai_socktype == SOCK_RAW) {
        *result = result_make(address, htons(port), SOCK_RAW, hints->ai_protocol, NULL);
        return *result != NULL ? 0 : EAI_MEMORY;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (hints->ai_socktype != 0 && hints->ai_socktype != kinds[i].type) continue;
        if (hints->ai_protocol != 0 && hints->ai_protocol != kinds[i].protocol) continue;
        const char *name = *result == NULL && (hints->ai_flags & AI_CANONNAME) ? host : NULL;
        *last = result_make(address, htons(port), kinds[i].type, kinds[i].protocol, name);
        if (*last == NULL) {
            freeaddrinfo(*result);
            return EAI_MEMORY;
        }
        last = &(*last)->ai_next;
    }
    return *result != NULL ? 0 : EAI_SOCKTYPE;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list);
        list = next;
    }
}

const char *gai_strerror(int error)
{
    switch (error) {
    case 0:
        return "success";
    case EAI_NONAME:
        return "name or service not known";
    case EAI_AGAIN:
        return "no answer from the name servers";
    case EAI_SERVICE:
        return "service not known";
    case EAI_FAMILY:
        return "address family not supported";
    case EAI_SOCKTYPE:
        return "type of socket not supported";
    case EAI_MEMORY:
        return "out of memory";
    case EAI_OVERFLOW:
        return "no room for the result";
    default:
        return "failure of name resolution";
    }
}

int getnameinfo(const struct sockaddr *address, socklen_t bytes, char *host, socklen_t host_room, char *service,
                socklen_t service_room, int flags)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)address;
    if (bytes < sizeof *in || in->sin_family != AF_INET) return EAI_FAMILY;
    if (flags & NI_NAMEREQD) return EAI_NONAME;
    if (host != NULL && host_room > 0 && inet_ntop(AF_INET, &in->sin_addr, host, host_room) == NULL)
        return EAI_OVERFLOW;
    if (service != NULL && service_room > 0 &&
        (size_t)snprintf(service, service_room, "%u", ntohs(in->sin_port)) >= service_room) {
        return EAI_OVERFLOW;
    }
    return 0;
}

struct hostent *gethostbyname(const char *name)
{
    static uint32_t address;
    static char *none[1], *addresses[2] = {(char *)&address, NULL}, text[NET_NAME_MAX + 1];
    static struct hostent host = {text, none, AF_INET, sizeof address, addresses};
    int error = host_address(name, 0, &address);
    if (error != 0) {
        h_errno = error == EAI_NONAME ? HOST_NOT_FOUND : TRY_AGAIN;
        return NULL;
    }
    snprintf(text, sizeof text, "%s", name);
    return &host;
}

const char *hstrerror(int error)
{
    return error == HOST_NOT_FOUND ? "unknown host"
           : error == TRY_AGAIN    ? "no answer from the name servers"
                                   : "failure of name resolution";
}
