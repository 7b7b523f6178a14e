/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and the slots that hold them.
 *
 * A slot is 128 bytes and lives in a CNode, in a dispatcher, or, for a freed block,
 * in that block itself. Its capability is in the MDB if and only if its type is not
 * CAP_NULL. Only mdb.c touches the links; only the files of kernel/ that own a type touch
 * the words of that type. An empty slot has kind == 0 and bytes == 0; its other words are undefined.
 */
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include <abi/captypes.h>
#include <abi/errors.h>
#include <abi/syscall.h>
#include <abi/types.h>
#include <stdbool.h>

struct dcb;
struct slot;

/* cap.flags. A capability with any of them is of no use but for what the flag says. */
#define CAP_UNCLEAN 1 /* memory not cleared yet: CAP_CLEAR, move and delete only */
#define CAP_ZOMBIE 2  /* last capability of a CNode that is being emptied; in that CNode; nobody can name it */
#define CAP_FREED 4   /* a freed block that waits to be drained; in that block; nobody can name it */
#define CAP_TABLE 8   /* Mapping: of a page table, not of pages */

/* Bits of cap.head. */
#define CAP_HEAD_FLAGS 0xff00u
#define CAP_HEAD_RIGHTS 0xff0000u

/* cap.minor of an Endpoint; 0: the receiver's own, without a badge. Bits 0-3 are those of CAP_MINT. */
#define ENDPOINT_RING_MASK MINT_RING_MASK
#define ENDPOINT_HANGUP MINT_HANGUP
#define ENDPOINT_BADGED 0x80

/* cap.va of a VNode: a virtual address and, in its low bits, what is known of it. */
#define VNODE_MAPPED 1   /* a Mapping with CAP_TABLE exists for it (never for a root) */
#define VNODE_VA_KNOWN 2 /* it translates addresses from `va` on and never any others */
#define VNODE_VA_ANY 4   /* it has been mapped where nobody knew the address: invalidate everything */

/* cap.detail of a Mapping */
#define MAPPING_COUNT(detail) ((detail)&0xffff)
#define MAPPING_LEVEL(detail) ((detail) >> 16 & 3) /* of the VNode whose entries they are */
#define MAPPING_DETAIL(count, level) ((uint32_t)(count) | (uint32_t)(level) << 16)
#define MAPPING_DEVICE (1u << 31)

struct cap {
    union {
        struct {
            union {
                struct {
                    uint8_t type; /* enum cap_type */
                    uint8_t flags;
                };
                uint16_t kind; /* type and flags at once: == CAP_X says "an X that can be used" */
            };
            uint8_t rights; /* CAP_RIGHT_* */
            uint8_t minor;  /* Endpoint: ENDPOINT_*; else 0 */
        };
        uint32_t head; /* all four at once */
    };
    uint32_t detail;      /* Dispatcher: highest priority it may set; Mapping: MAPPING_*; zombie: next slot to empty */
    uint64_t base;        /* physical address (space mem) or first number (irq, id) */
    uint64_t bytes;       /* size in bytes, or how many numbers */
    uint64_t badge;       /* Endpoint: badge; Mapping: physical address of its VNode | first entry; else 0 */
    uint64_t block_base;  /* extent of the block that it belongs to; */
    uint64_t block_bytes; /* 0: to none (devices, interrupts) */
    union {
        uint64_t sent;            /* Endpoint: messages that were sent through it */
        uint64_t creation;        /* VNode: its creation number; Mapping: that of its VNode */
        struct slot *zombie_prev; /* zombie, freed block: the queue */
    };
    union {
        uint64_t va;              /* VNode */
        uint64_t cleared;         /* unclean: bytes that are clear */
        struct slot *zombie_next; /* zombie, freed block: the queue */
    };
};

struct slot {
    struct cap cap;
    struct slot *child[2], *parent; /* tree links of a ring's primary; undefined in its other members */
    struct slot *next, *prev;       /* ring of copies, never NULL: of a single one, itself */
    uint64_t end;                   /* primary: highest base + bytes in its subtree */
    uint32_t level;                 /* primary: rank of its subtree (mdb.c), from 1; 0: not the primary */
    uint32_t generation;            /* that the monitor has seen this capability with (shared.c); 0: it has not */
    struct dcb *holder;             /* the dispatcher that it is embedded in, which learns of its loss; or NULL */
};
_Static_assert(sizeof(struct slot) == SLOT_BYTES, "slot");
_Static_assert(sizeof(struct cap) == 64, "cap");

/* *to = *from; the compiler would call memcpy for it, at five times the price. */
static inline void cap_assign(struct cap *to, const struct cap *from)
{
    const uint64_t *source = (const uint64_t *)from;
    uint64_t *target = (uint64_t *)to;
    uint64_t a = source[0], b = source[1], c = source[2], d = source[3];
    target[0] = a, target[1] = b, target[2] = c, target[3] = d;
    a = source[4], b = source[5], c = source[6], d = source[7];
    target[4] = a, target[5] = b, target[6] = c, target[7] = d;
}

extern const struct cap_type_info cap_types[CAP_TYPE_COUNT];

static inline bool slot_is_empty(const struct slot *slot)
{
    return slot->cap.kind == 0;
}

/* What its base and bytes count: CAP_SPACE_*. */
static inline unsigned cap_space(const struct cap *cap)
{
    return cap_types[cap->type].space;
}
static inline uint64_t cap_end(const struct cap *cap)
{
    return cap->base + cap->bytes;
}

/* Is it a `type` that can be used? Else ERR_CAP_TYPE or ERR_UNCLEAN. */
static inline err_t cap_expect(const struct cap *cap, unsigned type)
{
    if (__builtin_expect(cap->kind == type, 1)) return ERR_OK;
    return cap->type == type && (cap->flags & CAP_UNCLEAN) ? ERR_UNCLEAN : ERR_CAP_TYPE;
}

/*
 * Put a new capability that the kernel makes (at boot) into the empty slot; `cap` needs kind, base,
 * bytes, rights and block. VNodes get their creation number here.
 */
void cap_create(struct slot *slot, const struct cap *cap);

/*
 * The operations on slots, all failure-atomic. dst is empty and exists, src is not empty.
 * `rights` is a mask of those kept. ERR_COPY, ERR_UNCLEAN, ERR_CAP_RIGHTS ...
 */
err_t cap_copy(struct slot *dst, struct slot *src, uint64_t rights);
err_t cap_mint(struct slot *dst, struct slot *src, uint64_t rights, uint64_t badge, uint64_t flags);
err_t cap_move(struct slot *dst, struct slot *src);

/*
 * A slot that is embedded in a dispatcher tells its holder: kernel code that merely replaces what it holds sets
 * slot->holder to NULL meanwhile.
 *
 * Empty a slot. Deleting the last capability of an object destroys it through object_last; the last one in a
 * block frees the block. ERR_AGAIN (nothing done): a chain of full CNodes is still being taken apart, see zombie.c.
 */
err_t cap_delete(struct slot *slot);

/* About how much work that is; also to visit an empty slot. See cnode.h. */
unsigned cap_delete_units(const struct slot *slot);

/* May its holder give it away? What LMP asks before it sends a copy. */
err_t cap_may_copy(const struct cap *cap);

/* CAP_IDENTIFY into regs[1..4]; `all`: with base and badge, for the monitor. */
void cap_identify(const struct cap *cap, bool all, uint64_t *regs);

#endif
