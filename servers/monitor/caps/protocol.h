/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities across cores: the monitors' protocol (doc/capabilities-across-cores.md). It keeps everything in struct dcap,
 * allocates nothing, knows no clock and calls nothing but the kernel table; what it sends it leaves in an outbox. The same
 * files run in the monitor, in the simulator, in the exhaustive search and under SPIN.
 *
 * The host calls dcap_start, dcap_step, dcap_request, dcap_note or dcap_arena_move, one at a time, and then delivers the outbox: messages
 * to cores (its own among them) over channels that keep their order, each with room for DCAP_CHANNEL_MAX; REPLY to the client.
 */
#ifndef CAPS_PROTOCOL_H
#define CAPS_PROTOCOL_H

#include "kernel.h"
#include "limits.h"

typedef uint64_t coreset_t; /* bit n: core n */

enum dcap_kind {
    DCAP_LOCK = 1,    /* to the home of block: op wants it */
    DCAP_GRANT,       /* error, or op has it; mask: the cores that have a BlockState */
    DCAP_UNLOCK,      /* mask: those that have one now; flag: the block is free */
    DCAP_FREE,        /* to the home: a block that was exclusive is free */
    DCAP_FREE_ACK,    /* */
    DCAP_INSTALL,     /* cap into slot `to`; flag: shared */
    DCAP_INSTALL_ACK, /* error; flag: the sender has a BlockState */
    DCAP_QUERY,       /* does anything of yours lie in [low, low + bytes), made from cap? */
    DCAP_QUERY_ACK,   /* flag: yes */
    DCAP_REVOKE,      /* delete copies and descendants of cap */
    DCAP_REVOKE_ACK,  /* done; flag: the sender still has a BlockState */
    DCAP_SWEEP,       /* to itself: the next step of coordinator's revoke `op` */
    DCAP_HOME,        /* cap's range is an arena whose home will be `to_core` */
    DCAP_HOME_ACK,    /* */
    DCAP_HANDOVER,    /* to the new home: it is yours */
    DCAP_UP,          /* core `home` runs */
    DCAP_REPLY        /* to client: error; request: what it was */
};

enum dcap_request_kind {
    DCAP_VACATE = 1,  /* the monitor's own: nothing is left here of a shared block */
    DCAP_SEND,        /* copy to core to_core, slot `to` */
    DCAP_MOVE,        /* the same, and nothing stays here */
    DCAP_PERFORM,     /* a system call that must wait for the block, or ask others */
    DCAP_DELETE_BELOW /* revoke */
};

struct dcap_message {
    uint8_t kind, from_core, to_core;
    uint8_t coordinator; /* SWEEP */
    uint8_t op;          /* number of the operation at its coordinator */
    uint8_t flag;
    uint8_t request; /* REPLY: enum dcap_request_kind */
    uint8_t home;    /* HOME, UP: core */
    uint32_t error;
    uint32_t unused;
    coreset_t mask;
    struct dcap_cap cap; /* the capability, or just its block */
    union {
        struct dcap_name to; /* INSTALL */
        struct {
            uint64_t low, bytes; /* QUERY */
        };
        uint64_t client; /* REPLY */
    };
};

struct dcap_request {
    uint8_t kind; /* enum dcap_request_kind */
    uint8_t unused[3];
    coreid_t to_core; /* SEND, MOVE */
    struct dcap_name source;
    struct dcap_name to;   /* SEND, MOVE */
    struct dcap_call call; /* PERFORM */
    uint64_t client;       /* comes back in the reply */
};

struct dcap_outbox {
    unsigned count;
    struct dcap_message messages[DCAP_OUTBOX];
};

enum dcap_phase {
    DCAP_IDLE,      /* the record is unused */
    DCAP_QUEUED,    /* behind an operation of this core on the same block */
    DCAP_LOCKING,   /* LOCK is sent */
    DCAP_EXECUTING, /* granted */
    DCAP_MOVING     /* a move of an exclusive block, which takes no lock */
};

/* An operation that this core coordinates. */
struct dcap_op {
    uint8_t phase;
    uint8_t next; /* 1 + the operation that is queued behind this one; 0: none */
    uint8_t home; /* who grants, and is told at the end */
    uint8_t unused[5];
    uint32_t error;
    uint32_t unused_too;
    coreset_t mask;    /* EXECUTING: the cores with a BlockState, as far as is known */
    coreset_t waiting; /* EXECUTING, MOVING: the cores that have not answered */
    struct dcap_source source;
    struct dcap_request request;
};

/* A block of this home that is shared or locked. */
struct dcap_entry {
    uint64_t key;
    coreset_t mask; /* the cores with a BlockState for it; true while it is not locked */
    uint8_t locked; /* count of `queue` in use, the first of which has the lock */
    uint8_t broken; /* who has the lock is lost: nobody gets it any more */
    uint8_t unused[6];
    struct {
        uint8_t core, op;
    } queue[DCAP_CORES];
};

struct dcap_arena {
    uint64_t base, bytes;
    uint8_t home;
    uint8_t moving; /* the old home's: 1 + the new one */
    uint8_t unused[6];
    coreset_t waiting; /* the old home's: cores that have not acknowledged */
};

struct dcap {
    const struct dcap_kernel *kernel;
    void *context;           /* first argument of its functions */
    struct dcap_outbox *out; /* of the call that is being made */
    /* The state proper: no pointers from here on. */
    uint8_t me;
    uint8_t frees;    /* FREE messages without an answer */
    uint16_t entries; /* how many of the directory are in use */
    uint32_t faults;  /* messages that cannot be: each is an error in some monitor */
    coreset_t up;     /* the cores that run */
    coreset_t lost;   /* the cores that answer no more */
    struct dcap_op ops[DCAP_OPS];
    struct dcap_entry directory[DCAP_DIRECTORY]; /* ascending by key */
    struct dcap_arena arenas[DCAP_ARENAS];       /* the same on every core, but for moving and waiting */
};

/* A monitor with no operation. `up`: mask of the cores that run, this one included. The arenas are the host's to fill in. */
void dcap_start(struct dcap *dcap, const struct dcap_kernel *kernel, void *context, coreid_t me, coreset_t up);

/*
 * At the boot core: another core runs, and starts with this core's `up` and arenas as they are at this moment. All cores are told, over
 * the channels, so that whoever is moving an arena knows of the new core before it hears that this one agrees.
 */
void dcap_core_up(struct dcap *dcap, coreid_t core, struct dcap_outbox *out);

/*
 * Core `core` will never answer again, and nothing that it sent is delivered from now on. What waits for it ends with ERR_PEER_DEAD, and
 * nothing counts as done that it was to do: what it holds, or may hold, stays held, and so does what it had locked. Bounded; true: call
 * again, there is more.
 */
bool dcap_core_lost(struct dcap *dcap, coreid_t core, struct dcap_outbox *out);

/* A message has arrived. */
void dcap_step(struct dcap *dcap, const struct dcap_message *message, struct dcap_outbox *out);

/* A client asks for something: exactly one REPLY will follow, perhaps at once (ERR_BUSY: too many operations). */
void dcap_request(struct dcap *dcap, const struct dcap_request *request, struct dcap_outbox *out);

/* The kernel has notified: blocks are free or vacant. */
void dcap_note(struct dcap *dcap, struct dcap_outbox *out);

/* This core's mem gives a wholly free arena of its own to another core. ERR_BUSY: it is not at rest. */
err_t dcap_arena_move(struct dcap *dcap, unsigned arena, coreid_t home, struct dcap_outbox *out);

#endif
