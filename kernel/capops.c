/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of the capability system calls: registers to slots and numbers. Nothing is changed here; the functions
 * that are called check what they are given before they commit.
 */
#include <kernel/block.h>
#include <kernel/capops.h>
#include <kernel/cspace.h>
#include <kernel/retype.h>
#include <kernel/vnode.h>

/* x0 dst, x1 src */
static err_t find_pair(const struct cap *root, const uint64_t *regs, struct slot **dst, struct slot **src)
{
    err_t err = cspace_find(root, regs[1], src);
    return err != ERR_OK ? err : cspace_find_empty(root, regs[0], dst);
}

static err_t retype(const struct cap *root, const uint64_t *regs)
{
    struct retype request = {.offset = regs[2], .type = regs[3], .bytes = regs[4], .count = regs[5]};
    struct slot *dst, *src;
    err_t err = retype_count_check(request.count);
    if (err == ERR_OK) err = cspace_find(root, regs[1], &src);
    if (err == ERR_OK) err = cspace_find_run(root, regs[0], request.count, &dst);
    return err != ERR_OK ? err : cap_retype(dst, src, &request);
}

static err_t two_slots(const struct cap *root, unsigned op, const uint64_t *regs)
{
    struct slot *dst, *src;
    err_t err = find_pair(root, regs, &dst, &src);
    if (err != ERR_OK) return err;
    switch (op) {
    case CAP_COPY:
        return cap_copy(dst, src, regs[2]);
    case CAP_MINT:
        return cap_mint(dst, src, regs[2], regs[3], regs[4]);
    case CAP_MOVE:
        return cap_move(dst, src);
    default:
        return block_split(dst, src, regs[2]);
    }
}

static err_t one_slot(const struct cap *root, unsigned op, uint64_t *regs)
{
    struct slot *slot;
    err_t err = cspace_find(root, regs[0], &slot);
    if (err != ERR_OK) return err;
    switch (op) {
    case CAP_DELETE:
        return cap_delete(slot);
    case CAP_REVOKE:
        return cap_revoke(slot);
    case CAP_CLEAR:
        return cap_clear(slot);
    default:
        cap_identify(&slot->cap, false, regs);
        return ERR_OK;
    }
}

err_t cap_syscall(const struct cap *root, unsigned op, uint64_t *regs)
{
    switch (op) {
    case CAP_COPY:
    case CAP_MINT:
    case CAP_MOVE:
    case CAP_SPLIT:
        return two_slots(root, op, regs);
    case CAP_DELETE:
    case CAP_REVOKE:
    case CAP_IDENTIFY:
    case CAP_CLEAR:
        return one_slot(root, op, regs);
    case CAP_RETYPE:
        return retype(root, regs);
    default:
        return ERR_SYSCALL;
    }
}

err_t arena_invoke(const struct cap *root, struct slot *arena, unsigned op, uint64_t *regs)
{
    struct slot *dst;
    if (op != ARENA_ALLOC) return ERR_SYSCALL;
    err_t err = cspace_find_empty(root, regs[0], &dst);
    return err != ERR_OK ? err : arena_alloc(dst, arena, regs[1], regs[2]);
}

static err_t vnode_invoke_map(const struct cap *root, struct slot *vnode, unsigned op, const uint64_t *regs)
{
    struct vnode_run run = {.offset = regs[1], .entry = regs[2], .count = regs[3], .attributes = regs[4]};
    struct slot *what, *dst;
    err_t err = cspace_find(root, regs[0], &what);
    if (err == ERR_OK) err = cspace_find_empty(root, regs[5], &dst);
    if (err != ERR_OK) return err;
    switch (op) {
    case VNODE_MAP:
        return vnode_map(dst, vnode, what, &run);
    case VNODE_MAP_RAM:
        return vnode_map_ram(dst, vnode, what, &run);
    default:
        return vnode_map_table(dst, vnode, what, run.entry);
    }
}

static err_t vnode_invoke_split(const struct cap *root, struct slot *vnode, unsigned op, const uint64_t *regs)
{
    struct slot *mapping, *dst, *table;
    err_t err = cspace_find(root, regs[0], &mapping);
    if (err == ERR_OK) err = cspace_find_empty(root, regs[5], &dst);
    if (err == ERR_OK && op == VNODE_SPLIT) return vnode_split(dst, vnode, mapping, regs[1]);
    if (err == ERR_OK) err = cspace_find(root, regs[1], &table);
    return err != ERR_OK ? err : vnode_break(dst, vnode, mapping, table);
}

err_t vnode_invoke(const struct cap *root, struct slot *vnode, unsigned op, uint64_t *regs)
{
    struct slot *mapping;
    switch (op) {
    case VNODE_MAP:
    case VNODE_MAP_RAM:
    case VNODE_MAP_TABLE:
        return vnode_invoke_map(root, vnode, op, regs);
    case VNODE_SPLIT:
    case VNODE_BREAK:
        return vnode_invoke_split(root, vnode, op, regs);
    case VNODE_UNMAP:
    case VNODE_PROTECT:
        break;
    default:
        return ERR_SYSCALL;
    }
    err_t err = cspace_find(root, regs[0], &mapping);
    if (err != ERR_OK) return err;
    return op == VNODE_UNMAP ? vnode_unmap(vnode, mapping) : vnode_protect(vnode, mapping, regs[1], regs[2], regs[4]);
}
