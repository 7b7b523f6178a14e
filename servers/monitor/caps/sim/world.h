/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine in which the protocol runs: for each core a monitor, a fake kernel and processes; a channel for each pair of cores;
 * the memory servers' map of free pages. world_apply does one action, world_check says which invariant is broken. Nothing here is
 * random: the simulator and the search choose the actions.
 *
 * Addresses are page numbers. REGIONS regions of REGION pages are the arenas; blocks lie within a region. Each core has PROCS processes, with
 * ROOT slots each to begin with; a CNode is one page with INNER slots. These, and the protocol's limits, come from small.h or
 * large.h, which the compiler includes first.
 */
#ifndef CAPS_SIM_WORLD_H
#define CAPS_SIM_WORLD_H

#include "../internal.h"

#define PAGES (REGIONS * REGION)
#define NAMES (ROOT + ROOT * INNER) /* root slots, then the slots of the CNode that is in a root slot */
#define RING 3                      /* more messages than this in a channel, and a ring would be full */

/* System calls through the monitor. */
enum { CALL_COPY, CALL_RETYPE, CALL_MAP };

enum { NOTHING, RAM, FRAME, CNODE, MAPPING, TYPES };

struct fake_slot {
    uint8_t type, base, pages, block, block_pages;
    uint8_t flight; /* 1 + operation that it is in flight for */
    uint16_t generation;
};

/* What to retype: pages from `low` on in the source. */
struct range {
    uint8_t type, low, pages;
};

/* One core's kernel. */
struct fake_kernel {
    struct fake_slot root[PROCS][ROOT];
    struct fake_slot inner[PAGES][INNER]; /* by the page of their CNode */
    struct fake_slot zombie[PAGES];       /* the capability of a dying CNode, by its page */
    uint8_t state[PAGES];                 /* BlockState by the block's first page: its pages, | FENCED */
    uint8_t vacant[PAGES];                /* queued as vacant */
    uint8_t freed[PAGES];                 /* queued as free: pages */
    uint8_t dying[PROCS];
    uint8_t waiting[PROCS]; /* the process has asked, and not been answered */
    uint8_t budget;         /* how many more actions of processes (search) */
};
#define FENCED 0x80

struct channel {
    uint16_t count;
    struct dcap_message messages[DCAP_SELF_MAX];
};

struct world {
    uint8_t cores, up, lost; /* how many there may be; masks of those that run, and that answer no more */
    uint8_t used[PAGES];     /* mem's: allocated */
    uint8_t owner[REGIONS];  /* the core whose mem may allocate there; 0xff: it is under way to another */
    struct dcap monitor[DCAP_CORES];
    struct fake_kernel kernel[DCAP_CORES];
    struct channel channel[DCAP_CORES][DCAP_CORES];
};

enum action_kind {
    /* of processes: */
    ACT_COPY,   /* a: from name, b: to name */
    ACT_MOVE,   /* the same */
    ACT_DELETE, /* a */
    ACT_RETYPE, /* a, b; c: type; low, pages: range relative to the source */
    ACT_MAP,    /* a, b */
    ACT_REVOKE, /* a */
    ACT_SPLIT,  /* a, b, low */
    ACT_SEND,   /* a; to core c, process p2, name b */
    ACT_GIVE,   /* the same, as a move */
    ACT_KILL,
    ACT_ALLOC, /* low, pages: of the region c; into name b */
    ACT_ARENA, /* region c goes to core b */
    /* of the machine: */
    ACT_JOIN,    /* core starts */
    ACT_REAP,    /* the kernel of core empties a slot of zombie or process a */
    ACT_NOTE,    /* the monitor of core hears of free and vacant blocks */
    ACT_DELIVER, /* the oldest message from core a */
    ACT_LOSE,    /* core answers no more */
    ACT_KINDS
};

struct action {
    uint8_t kind, core, proc, a, b, c, low, pages;
};

/* What the last actions reached, by name: coverage. */
/* clang-format off */
#define COVERED(X) \
    X(SOURCE_REVOKED_WAITING,  "source revoked while its copy waits") \
    X(SLOT_REUSED_WAITING,     "slot reused, with equal content, while its operation waits") \
    X(RETYPES_OVERLAP,         "two cores retyping overlapping ranges") \
    X(PARENT_CHILD_APART,      "parent here against child there") \
    X(REVOKE_PART,             "revoke of a part") \
    X(REVOKE_CHILD,            "revoke of a child whose parent is elsewhere") \
    X(REVOKE_ZOMBIE,           "revoke with a zombie in its range") \
    X(REVOKE_EXCLUSIVE_SHARED, "a stepwise revoke of an exclusive block while it is first shared") \
    X(REVOKE_FREED,            "a revoke waits while its block is freed and handed out again") \
    X(REVOKE_TARGET_GONE,      "revoke whose own target is deleted") \
    X(REVOKE_TARGET_SWEPT,     "revoke whose target is deleted while it sweeps") \
    X(REVOKE_INSTALL,          "revoke waits for an INSTALL in flight") \
    X(REVOKE_LOCAL_COPY,       "a local copy against a revoke under way") \
    X(REVOKES_NESTED,          "revokes of ancestor and descendant at once") \
    X(LAST_DELETES,            "last delete on two cores at once") \
    X(DELETE_INSTALLED,        "last delete against a newly installed copy") \
    X(FIRST_SHARE_ABORTED,     "first share aborted by a delete") \
    X(FREE_OVERTAKES,          "FREE that overtakes UNLOCK") \
    X(ALLOC_LOCKED,            "allocation while locked") \
    X(FAST_PATH,               "fast path while another core executes") \
    X(INSTALL_NO_SLOT,         "INSTALL that finds no slot") \
    X(MOVE_CIRCLE,             "a move that goes in a circle with a late ack") \
    X(MOVE_FAILED_GONE,        "a failed move whose slot is gone") \
    X(MOVE_SIBLINGS,           "move with siblings in the block") \
    X(DESTINATION_GONE,        "destination CNode deleted between GRANT and create") \
    X(CNODE_IN_ITSELF,         "a CNode containing itself dies") \
    X(KILLED_WAITING,          "a process killed mid-operation") \
    X(PARENT_FIRST,            "parent RAM deleted before its child") \
    X(SPLIT_WAITING,           "split while an operation waits") \
    X(BROADCAST_FULL,          "channel full during a broadcast") \
    X(JOIN_RUNNING,            "a core joining mid-operation") \
    X(ARENA_LOCKED,            "an arena moving while a LOCK is under way") \
    X(MOVE_FAILED_BACK,        "a failed move that is put back") \
    X(FENCE_WAIT,              "a system call that the fence refused, done through the monitor") \
    X(EXCLUSIVE_AGAIN,         "a shared block that becomes exclusive again")
/* clang-format on */
#define COVER_ENUM(name, text) COVER_##name,
enum { COVERED(COVER_ENUM) COVER_COUNT };
extern uint64_t world_covered[COVER_COUNT];
extern const char *const world_cover_names[COVER_COUNT];
#define COVER(name) (world_covered[COVER_##name]++)

/* NULL, or what the last action broke at once (a reply too many, a page freed twice ...). */
extern const char *world_wrong;
/* The last reply that a process got. */
extern err_t world_reply;
/* Most messages that a channel has ever held, its core's own apart. */
extern unsigned world_deepest;

/* world.c */
void world_start(struct world *world, unsigned cores, uint32_t up);
/* Region `r` gets core `home`; at the start only. */
void world_home(struct world *world, unsigned region, coreid_t home);
/* Is it possible? Then do it. Else nothing has changed. */
bool world_apply(struct world *world, const struct action *action);
/* Core `core` answers no more, nor does anything arrive there or from there; the others are told. */
void world_lose(struct world *world, coreid_t core);
/* Nothing is under way: no message, operation or zombie; but what a lost core had. */
bool world_quiet(const struct world *world);
/* Put what a monitor has sent where it belongs. */
void world_send(struct world *world, coreid_t core, struct dcap_outbox *out);
/* Is a message `kind` of operation `op` of core `from` under way from there to `to`? */
const struct dcap_message *message_find(const struct world *world, coreid_t from, coreid_t to, unsigned kind, unsigned op);
void action_print(const struct world *world, const struct action *action);
const char *message_name(unsigned kind);

/* actions.c: what processes do; each is possible, or nothing has changed. */
bool process_act(struct world *world, const struct action *action);
bool process_reap(struct world *world, const struct action *action);

/* kernel.c */
extern struct world *fake_world; /* the one that the kernel functions act in */
struct fake_slot *slot_named(struct fake_kernel *kernel, unsigned proc, unsigned name);
bool slot_held(const struct fake_slot *slot);
/* Is anything of the block that begins at `page` held here? */
bool block_held(const struct fake_kernel *kernel, unsigned page);
/* How many capabilities in it. */
unsigned block_count(const struct fake_kernel *kernel, unsigned page);
bool cnode_lives(const struct fake_kernel *kernel, unsigned page);
/*
 * A generation is given only when a slot is looked at, as the least number that no operation remembers, and forgotten
 * when none does any more: as good as a counter, and there are fewer states.
 */
uint16_t slot_look(struct fake_kernel *kernel, struct fake_slot *slot);
void generations_forget(struct fake_kernel *kernel);
void slot_fill(struct fake_kernel *kernel, struct fake_slot *slot, const struct fake_slot *cap);
void slot_delete(struct fake_kernel *kernel, struct fake_slot *slot);
/* Delete one thing of what a revoke of `target` deletes; true: there is nothing (left). */
bool sweep_once(struct fake_kernel *kernel, const struct fake_slot *target, const struct fake_slot *keep);
/* Would a revoke of target delete it? */
bool revoke_covers(const struct fake_slot *target, const struct fake_slot *slot);
/* Empty one slot of the zombie at `page`, or be done with it. */
void zombie_reap(struct fake_kernel *kernel, unsigned page);
/* Does anything here overlap the range that is neither copy nor ancestor of source? */
bool range_conflicts(struct fake_kernel *kernel, const struct fake_slot *source, unsigned low, unsigned pages);
/* The system calls; ERR_RETRY_THROUGH_MONITOR unless `locked`. */
err_t call_copy(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, bool locked);
err_t call_move(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to);
err_t call_retype(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, const struct range *range,
                  bool locked);
err_t call_map(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, bool locked);
err_t call_revoke(struct fake_kernel *kernel, struct fake_slot *slot, bool small);
err_t call_split(struct fake_kernel *kernel, struct fake_slot *from, struct fake_slot *to, unsigned low);
/* kernel_table.c */
extern const struct dcap_kernel fake_kernel;
struct fake_slot cap_fake(const struct dcap_cap *cap);
struct dcap_cap cap_real(const struct fake_slot *slot);
/* Each slot of a kernel in turn; zombies last. */
struct fake_slot *slot_number(struct fake_kernel *kernel, unsigned number);
#define SLOTS (PROCS * ROOT + PAGES * INNER + PAGES)

/* cover.c: looks at an action before it is done, and at what happens in the kernels. */
void cover_action(struct world *world, const struct action *action);
void cover_delivery(struct world *world, const struct dcap_message *message, const struct dcap_outbox *out);
void cover_sent(const struct channel *channel, const struct dcap_message *message);
void cover_deleted(struct fake_kernel *kernel, const struct fake_slot *slot, bool swept);
void cover_filled(struct fake_kernel *kernel, const struct fake_slot *slot);
void cover_installed(struct fake_kernel *kernel, const struct fake_slot *cap);

/* check.c */
void world_check_start(void);
/* This core's kernel may have changed. */
void world_changed(coreid_t core);
const char *world_check(struct world *world);
/* Also: nothing leaks. Where a core is lost: who is left does not wait, and refuses nothing any more. */
const char *world_check_quiet(struct world *world);
/* A revoke has answered: is anything left? */
const char *revoke_check(struct world *world, coreid_t core, const struct dcap_cap *cap);

#endif
