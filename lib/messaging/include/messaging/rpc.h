/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call on a channel, as generated stubs make it.
 *
 * w[] is one buffer for request and reply: w[0] is the header, which rpc_call() writes. Request: w[1] and on are the payload.
 * Reply: w[1] is the error code, w[2] and on the results.
 */
#ifndef MESSAGING_RPC_H
#define MESSAGING_RPC_H

#include <abi/errors.h>
#include <abi/types.h>
#include <messaging/channel.h>

/* The header word (doc/architecture.md). */
#define MESSAGE_HEADER(method, id, bytes) ((uint64_t)(method) | (uint64_t)(id) << 16 | (uint64_t)(bytes) << 32)
#define MESSAGE_METHOD(header) ((uint16_t)(header))
#define MESSAGE_ID(header) ((uint16_t)((header) >> 16))
#define MESSAGE_BYTES(header) ((uint32_t)((header) >> 32))
#define MESSAGE_HEADER_WORDS(header) ((uint32_t)((header) >> 35) + 1) /* its own included */
#define MESSAGE_REPLY 0x8000
#define MESSAGE_BIND 0x7fff
#define MESSAGE_INTRODUCE 0x7ffe
#define MESSAGE_CANCEL 0x7ffd /* the caller of the call with this id waits no longer; one word, no reply */
/* Of UMP, from the monitor, to a service and on a leash (doc/ump.md): */
#define MESSAGE_UMP_FRAME                                                                                              \
    0x7ffc /* words: slots, the client's core; the frame -> the endpoint that the doorbell is bound to */
#define MESSAGE_UMP_BELL 0x7ffb /* the doorbell that rings the client: from now on by UMP */
#define MESSAGE_CAP 0x7ffa      /* a capability that belongs to a message in the ring; one word, no reply */
#define MESSAGE_METHODS_MAX 0x7f00
#define MESSAGE_FIRST_WORDS 7 /* of payload in the first fragment; 8 in each further one */
#define MESSAGE_CAPS_MAX 32
#define MESSAGE_BYTES_MAX (1 << 20)

struct thread;

enum rpc_state { RPC_WAITING, RPC_DONE };

struct rpc {
    /* Set by the stub: */
    uint64_t *w;
    uint32_t method;
    uint32_t request_bytes; /* of payload, a multiple of 8 */
    uint32_t reply_room;    /* bytes of reply payload that w has room for, error code included, a multiple of 8 */
    uint32_t cap_count;     /* to send */
    const cptr_t *caps;     /* none of them 0 */
    cptr_t *reply_caps;     /* room for those that come */
    uint32_t reply_cap_room;

    /* Set by rpc_call(): */
    uint32_t reply_cap_count;
    uint32_t reply_bytes; /* of payload, error code included */
    uint32_t received;    /* of it so far */
    uint32_t expected;    /* the low half of the reply's header */
    uint32_t state;       /* enum rpc_state */
    bool sent;            /* some of the request is */
    err_t error;          /* of the transport */
    struct thread *thread;
    struct rpc *next; /* in channel->calls */
};

/*
 * Sends the request and waits for its reply, until the thread's deadline. The transport's error or the reply's. On
 * ERR_OK w[2] ... and reply_caps are there; on an error no capability is left.
 */
err_t rpc_call(struct channel *channel, struct rpc *rpc);

/*
 * The same of a short call: at most UMP_WORDS words with their header each way, always as many, no capabilities. w[] has room for eight; w[1] and on are
 * the payload; `request` and `reply` are the two headers, without an id. A reply of another length is ERR_MESSAGE.
 */
err_t rpc_short(struct channel *channel, uint64_t *w, uint64_t request, uint64_t reply);

/* The same call as rpc_call() wants it. */
static inline void rpc_of_short(struct rpc *rpc, uint64_t *w, uint64_t request, uint64_t reply)
{
    rpc->w = w;
    rpc->method = MESSAGE_METHOD(request);
    rpc->request_bytes = MESSAGE_BYTES(request);
    rpc->reply_room = MESSAGE_BYTES(reply);
    rpc->cap_count = 0;
    rpc->reply_cap_room = 0;
}

/* Delete what came in reply_caps: the reply turned out malformed. */
void rpc_drop_caps(struct rpc *rpc);

#endif
