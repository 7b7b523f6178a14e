/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server's side. A process has one server; it carries any number of services, each an interface from an IDL file
 * with the service's handlers. One thread calls server_run() and never returns: it takes requests, runs handlers, sends
 * replies, and runs the events of its waitset.
 *
 *     static const struct names_ops ops = {.lookup = lookup, ...};
 *     static struct service service = NAMES_SERVICE(&ops, .client_gone = client_gone);
 *     server_init(&server);
 *     server_add(&server, &service);            -> service.endpoint, to be registered with names
 *     names_register(names_default(), "names", service.endpoint);
 *     server_run(&server);
 *
 * A client is known by the badge of the endpoint that was made for it, never by what it says. Whatever a client sends, or
 * does not read, harms nobody else: requests are checked against the interface, payload and backlog are limited, replies that
 * do not fit wait in the client's own queue (at most CONFIG_SERVER_BACKLOG bytes, then its requests are refused).
 */
#ifndef MESSAGING_SERVER_H
#define MESSAGING_SERVER_H

#include <abi/errors.h>
#include <abi/types.h>
#include <messaging/waitset.h>
#include <stdbool.h>

struct call;
struct client;
struct reply;
struct server;
struct service;

/* What the generator knows of a method. */
struct method {
    const char *name;
    uint32_t request_least, request_most; /* payload bytes */
    uint32_t reply_most;                  /* payload bytes, error code included */
    uint32_t request_caps, reply_caps;    /* at most */
    err_t (*dispatch)(struct call *call);
    /* Of a short call (rpc_short() in messaging/rpc.h) the only headers that its request and its reply can have, but for the id; else METHOD_LONG. */
    uint64_t short_request, short_reply;
} __attribute__((aligned(64)));
#define METHOD_LONG UINT64_MAX

struct interface {
    const char *name;
    uint32_t method_count;
    const struct method *methods;
};

struct service {
    const struct interface *interface;
    const void *ops; /* struct NAME_ops */
    void *context;   /* the service's own */
    /* A new client has come; an error refuses it. May be NULL. */
    err_t (*client_new)(struct client *client);
    /* The client died or closed: free client->user. Its deferred replies are still there (reply_client() says NULL): reply_drop()
     * them. May be NULL. */
    void (*client_gone)(struct client *client);
    /* The caller of a call whose reply was deferred waits no longer (reply_client() says NULL): forget the reply and reply_drop()
     * it. May be NULL; then it is dropped when it is answered. */
    void (*canceled)(struct reply *reply);
    /* A capability came that belongs to a message elsewhere (a leash of UMP): it is the service's now. For the monitor; may be NULL. */
    void (*relay)(struct client *client, cptr_t cap);
    /* `by` asks for an endpoint for the new process `pid`; child->user may be set. NULL: everybody is refused. */
    err_t (*introduce)(struct client *by, uint64_t pid, struct client *child);

    /* Set by server_add(): */
    struct server *server;
    uint32_t number;
    cptr_t endpoint; /* the public one: clients bind through it. Register it with names. */
};

struct client {
    struct service *service;
    void *user;   /* the service's own */
    uint64_t pid; /* of a client that was introduced, else 0 */
    uint64_t badge;

    /* The library's: */
    uint32_t peer;
    cptr_t reply_endpoint;   /* 0: not bound yet, or cut off */
    bool known;              /* client_new() has seen it */
    bool closed;             /* by the service, for good */
    uint32_t skip;           /* words of a refused request, still to come */
    struct partial *partial; /* request that is still coming in */
    struct backlog *backlog_first, *backlog_last;
    uint32_t backlog_bytes;
    struct client *backlog_next; /* list of clients with a backlog */
    struct client *gone_next;
    struct reply *replies; /* deferred */
    const struct transport *transport;
    struct ump_end *ump;      /* NULL: by LMP, */
    struct ump_end *ump_next; /* until this one is complete */
    struct client *ump_list;
};

/* One request while its handler runs. */
struct call {
    struct client *client;
    struct service *service;
    const struct method *method;
    uint32_t header; /* the lower half of the request's: method and id */

    /* For generated code: the request's payload, its capabilities, the reply being made. */
    uint64_t *request;
    uint32_t request_bytes;
    uint32_t request_cap_count;
    cptr_t *request_caps;
    uint64_t *reply; /* room for header, error code and method->reply_most */
    uint32_t reply_bytes;
    uint32_t reply_cap_count;
    cptr_t *reply_caps;
    uint32_t taken; /* bit n: request_caps[n] is the server's */
    struct reply *deferred;
    bool give_caps;
};

/*
 * Within a handler. Capabilities that came with the request are deleted when it returns, unless taken. Capabilities that a handler
 * answers with are copied to the client and stay the server's, unless given.
 */
void call_take_cap(struct call *call, cptr_t cap); /* `cap` is the server's from now on */
void call_give_caps(struct call *call);            /* delete those of the reply once it is sent (or could not be) */

/*
 * Answer later: the handler calls call_defer(), keeps what it returns, and returns ERR_OK (nothing is sent then). Later,
 * from any thread, NAME_reply_METHOD(reply, error, results...) sends the answer and frees it. NULL: out of memory.
 * When the client goes its deferred replies stay valid until answered or dropped (answering does nothing then).
 */
struct reply *call_defer(struct call *call);
struct client *reply_client(struct reply *reply);   /* NULL: it is gone */
void reply_error(struct reply *reply, err_t error); /* answer an error, whatever the method */
void reply_drop(struct reply *reply);
/* Within a handler: if the reply, once it is given, is short, let it go as the server goes to sleep, so that who gets it runs next. */
void reply_with_sleep(struct reply *reply);
/* For generated code: w[1] ... is the payload, error code included. */
void reply_send(struct reply *reply, uint64_t *w, uint32_t bytes, const cptr_t *caps, uint32_t cap_count);

/* server_init() sets up the request ring; once per process. */
struct server {
    struct waitset waitset;
    struct server_state *state;
};

err_t server_init(struct server *server);
err_t server_add(struct server *server, struct service *service);
_Noreturn void server_run(struct server *server);
/* One round of it: what there is, or wait until the deadline (0: none) for one thing. ERR_TIMEOUT. */
err_t server_run_once(struct server *server, ticks_t deadline);
/* Is a further request there already? For long work in a handler or event that wants to give way. */
bool server_busy(struct server *server);

/*
 * Make a client of one's own service for process `pid` without a message: `endpoint` (fresh slot) is what goes into the
 * new process's birth slot. For init, which spawns mem, names and proc itself. The caller deletes its copy.
 */
err_t service_introduce(struct service *service, uint64_t pid, void *user, cptr_t *endpoint);
/* The same; *client is set before it can be gone. From any thread. */
err_t service_introduce_client(struct service *service, uint64_t pid, void *user, cptr_t *endpoint,
                               struct client **client);
/* The client is cut off: it sees the server's end; if it has not bound yet, when it does. What was made for it is of no use to it any more. */
void client_close(struct client *client);
/* A capability that belongs to a message elsewhere goes to the client (service.relay is the other direction): a copy. */
void client_relay(struct client *client, cptr_t cap);
/* Calls f for each client of the service. */
void service_for_each_client(struct service *service, void (*f)(struct client *client, void *context), void *context);

/*
 * The badge of service `n`'s public endpoint (in the order of server_add) on ring SERVER_RING. Whoever holds a process's unbadged
 * endpoint (its spawner) may mint it, and so bind to a service that no names knows yet.
 */
#define SERVER_RING 1
#define SERVER_PUBLIC_BADGE(n) (0x8000000000000000 | (n))
/*
 * The same with a pid in it: names mints such a one for each client that looks up a service registered with
 * names_register_identified(), so a client that binds through it has that pid (client->pid). n is at most 255.
 */
#define SERVER_PUBLIC_BADGE_OF(n, pid) (SERVER_PUBLIC_BADGE(n) | ((uint64_t)(pid)&0xffffffffffff) << 8)
#define SERVER_PUBLIC_NUMBER_MAX 255
#define SERVER_PUBLIC_NUMBER(badge) ((uint32_t)(badge)&0xff)
#define SERVER_PUBLIC_PID(badge) ((badge) >> 8 & 0xffffffffffff)

#endif
