/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of the capability system calls. A table says for each which of its registers name slots; these are
 * looked up, then the call is performed on them. Nothing is changed here; the functions that are called check what they
 * are given before they commit.
 */
#include <kernel/block.h>
#include <kernel/capops.h>
#include <kernel/compiler.h>
#include <kernel/cspace.h>
#include <kernel/retype.h>
#include <kernel/vnode.h>

#define NONE 0xff

/* Of a call: what is invoked (SYS_INVOKE), the two slots that it names, x0-x7, and the caller's CSpace. */
typedef err_t perform(struct slot *invoked, struct slot *cap, struct slot *dst, uint64_t *x, const struct cap *root);

struct call {
    perform *perform;
    uint8_t cap; /* which register names a slot with a capability, */
    uint8_t dst; /* and which an empty one; NONE */
};

static err_t call(const struct call *call, const struct cap *root, struct slot *invoked, uint64_t *x)
{
    struct slot *cap = NULL, *dst = NULL;
    err_t err;
    if (call->cap != NONE && (err = cspace_find(root, x[call->cap], &cap)) != ERR_OK) return err;
    if (call->dst != NONE && (err = cspace_find_empty(root, x[call->dst], &dst)) != ERR_OK) return err;
    return call->perform(invoked, cap, dst, x, root);
}

/* SYS_CAP ---------------------------------------------------------------------------------------- */

static err_t perform_copy(struct slot *none, struct slot *src, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_copy(dst, src, x[2]);
}

static err_t perform_mint(struct slot *none, struct slot *src, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_mint(dst, src, x[2], x[3], x[4]);
}

static err_t perform_move(struct slot *none, struct slot *src, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_move(dst, src);
}

static err_t perform_split(struct slot *none, struct slot *src, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return block_split(dst, src, x[2]);
}

static err_t perform_delete(struct slot *none, struct slot *slot, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_delete(slot);
}

static err_t perform_revoke(struct slot *none, struct slot *slot, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_revoke(slot);
}

static err_t perform_clear(struct slot *none, struct slot *slot, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return cap_clear(slot);
}

static err_t perform_identify(struct slot *none, struct slot *slot, struct slot *dst, uint64_t *x, const struct cap *root)
{
    cap_identify(&slot->cap, false, x);
    return ERR_OK;
}

/* Its destination is a run of slots. x2-x5 are what it asks for. */
static err_t perform_retype(struct slot *none, struct slot *src, struct slot *dst, uint64_t *x, const struct cap *root)
{
    const struct retype *request = (const struct retype *)&x[2];
    err_t err = retype_count_check(request->count);
    if (err == ERR_OK) err = cspace_find_run(root, x[0], request->count, &dst);
    return err != ERR_OK ? err : cap_retype(dst, src, request);
}

err_t cap_syscall(const struct cap *root, unsigned op, uint64_t *x)
{
    static const struct call calls[CAP_OP_COUNT] = {
        [CAP_COPY] = {perform_copy, 1, 0},
        [CAP_MINT] = {perform_mint, 1, 0},
        [CAP_MOVE] = {perform_move, 1, 0},
        [CAP_DELETE] = {perform_delete, 0, NONE},
        [CAP_REVOKE] = {perform_revoke, 0, NONE},
        [CAP_RETYPE] = {perform_retype, 1, NONE},
        [CAP_IDENTIFY] = {perform_identify, 0, NONE},
        [CAP_CLEAR] = {perform_clear, 0, NONE},
        [CAP_SPLIT] = {perform_split, 1, 0},
    };
    return op < CAP_OP_COUNT ? call(&calls[op], root, NULL, x) : ERR_SYSCALL;
}

/* SYS_INVOKE ------------------------------------------------------------------------------------- */

static err_t perform_alloc(struct slot *arena, struct slot *none, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return arena_alloc(dst, arena, x[1], x[2]);
}

err_t arena_invoke(const struct cap *root, struct slot *arena, unsigned op, uint64_t *x)
{
    static const struct call alloc = {perform_alloc, NONE, 0};
    return op == ARENA_ALLOC ? call(&alloc, root, arena, x) : ERR_SYSCALL;
}

/* x1-x4 of VNODE_MAP and VNODE_MAP_RAM are one. */
static const struct vnode_run *run_of(const uint64_t *x)
{
    return (const struct vnode_run *)&x[1];
}

static err_t perform_map(struct slot *vnode, struct slot *frame, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return vnode_map(dst, vnode, frame, run_of(x));
}

static err_t perform_map_ram(struct slot *vnode, struct slot *ram, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return vnode_map_ram(dst, vnode, ram, run_of(x));
}

static err_t perform_map_table(struct slot *vnode, struct slot *table, struct slot *dst, uint64_t *x,
                               const struct cap *root)
{
    return vnode_map_table(dst, vnode, table, x[2]);
}

static err_t perform_unmap(struct slot *vnode, struct slot *mapping, struct slot *dst, uint64_t *x, const struct cap *root)
{
    return vnode_unmap(vnode, mapping);
}

static err_t perform_protect(struct slot *vnode, struct slot *mapping, struct slot *dst, uint64_t *x,
                             const struct cap *root)
{
    return vnode_protect(vnode, mapping, x[1], x[2], x[4]);
}

static err_t perform_vnode_split(struct slot *vnode, struct slot *mapping, struct slot *dst, uint64_t *x,
                                 const struct cap *root)
{
    return vnode_split(dst, vnode, mapping, x[1]);
}

/* It names a third slot. */
static err_t perform_break(struct slot *vnode, struct slot *mapping, struct slot *dst, uint64_t *x, const struct cap *root)
{
    struct slot *table;
    err_t err = cspace_find(root, x[1], &table);
    return err != ERR_OK ? err : vnode_break(dst, vnode, mapping, table);
}

err_t vnode_invoke(const struct cap *root, struct slot *vnode, unsigned op, uint64_t *x)
{
    static const struct call calls[] = {
        [VNODE_MAP] = {perform_map, 0, 5},
        [VNODE_MAP_TABLE] = {perform_map_table, 0, 5},
        [VNODE_MAP_RAM] = {perform_map_ram, 0, 5},
        [VNODE_UNMAP] = {perform_unmap, 0, NONE},
        [VNODE_PROTECT] = {perform_protect, 0, NONE},
        [VNODE_SPLIT] = {perform_vnode_split, 0, 5},
        [VNODE_BREAK] = {perform_break, 0, 5},
    };
    return op < sizeof(calls) / sizeof(calls[0]) ? call(&calls[op], root, vnode, x) : ERR_SYSCALL;
}
