/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability system calls (SYS_CAP), one function each, and what a library adds to them: fresh slots, clearing in
 * steps, what goes through the monitor. No state but who asks that.
 */
#include <arch/syscall.h>
#include <caps/caps.h>
#include <caps/slots.h>
#include <stdbool.h>

#define CLEAR_AT_ONCE 65536 /* what CAP_RETYPE clears itself */
#define WAIT_US 50
#define WAITS 15

static err_t (*revoker)(capref_t slot);
static caps_retyper *retyper;
static bool (*waiter)(uint64_t us);

void caps_set_monitor(err_t (*revoke)(capref_t slot), caps_retyper *retype)
{
    revoker = revoke;
    retyper = retype;
}

void caps_set_wait(bool (*wait)(uint64_t us))
{
    waiter = wait;
}

/* Each time twice as long, in all 1.6 seconds. */
bool caps_wait(err_t error, unsigned *tries)
{
    if (error != ERR_RETRY_THROUGH_MONITOR || !waiter || *tries == WAITS) return false;
    return waiter((uint64_t)WAIT_US << (*tries)++);
}

static err_t cap_call(unsigned op, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return syscall6(SYS_OP(SYS_CAP, op), 0, a0, a1, a2, a3, a4, a5);
}

err_t cap_copy(capref_t dst, capref_t src)
{
    return cap_copy_rights(dst, src, CAP_RIGHTS_ALL);
}

err_t cap_copy_rights(capref_t dst, capref_t src, uint64_t rights)
{
    unsigned tries = 0;
    err_t error;
    do
        error = cap_call(CAP_COPY, dst, src, rights, 0, 0, 0);
    while (error && caps_wait(error, &tries));
    return error;
}

err_t cap_mint(capref_t dst, capref_t src, uint64_t rights, uint64_t badge_or_limit, uint64_t flags)
{
    unsigned tries = 0;
    err_t error;
    do
        error = cap_call(CAP_MINT, dst, src, rights, badge_or_limit, flags, 0);
    while (error && caps_wait(error, &tries));
    return error;
}

err_t cap_move(capref_t dst, capref_t src)
{
    return cap_call(CAP_MOVE, dst, src, 0, 0, 0, 0);
}

err_t cap_delete(capref_t slot)
{
    err_t error;
    do /* again while the kernel takes a chain of full CNodes apart, somebody's */
        error = cap_call(CAP_DELETE, slot, 0, 0, 0, 0, 0);
    while (error == ERR_AGAIN);
    return error;
}

err_t cap_revoke(capref_t slot)
{
    err_t error = cap_call(CAP_REVOKE, slot, 0, 0, 0, 0, 0);
    return error == ERR_RETRY_THROUGH_MONITOR && revoker ? revoker(slot) : error;
}

err_t cap_split(capref_t dst, capref_t src, uint64_t offset)
{
    return cap_call(CAP_SPLIT, dst, src, offset, 0, 0, 0);
}

err_t cap_clear(capref_t slot)
{
    err_t error;
    do
        error = cap_call(CAP_CLEAR, slot, 0, 0, 0, 0, 0);
    while (error == ERR_AGAIN);
    return error;
}

err_t cap_identify(capref_t slot, struct cap_info *info)
{
    uint64_t a[8] = {slot};
    err_t error = syscall_out(SYS_OP(SYS_CAP, CAP_IDENTIFY), 0, a);
    if (error) return error;
    info->type = a[1] & 0xff;
    info->rights = a[1] >> 8 & 0xff;
    info->flags = (uint32_t)(a[1] >> 16);
    info->base = a[2];
    info->bytes = a[3];
    info->badge = a[4];
    return ERR_OK;
}

err_t cap_retype_unclean(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count)
{
    err_t error = cap_call(CAP_RETYPE, dst, src, offset, type, bytes, count);
    if (error == ERR_RETRY_THROUGH_MONITOR && retyper) error = retyper(dst, src, offset, type, bytes, count);
    return error;
}

err_t cap_retype(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count)
{
    err_t error = cap_retype_unclean(dst, src, offset, type, bytes, count);
    uint64_t each = bytes ? bytes : CNODE_L2_BYTES; /* the largest of fixed size */
    bool clean = each <= CLEAR_AT_ONCE && count <= CLEAR_AT_ONCE / each;
    if (error || clean || type == CAP_RAM || type == CAP_ENDPOINT || type == CAP_DEVFRAME || type == CAP_IRQ ||
        type == CAP_ID || type == CAP_DOORBELL)
        return error;
    for (uint64_t i = 0; i < count; i++) {
        struct cap_info info;
        if (cap_identify(dst + i, &info) == ERR_OK && info.flags & IDENTIFY_UNCLEAN >> 16) cap_clear(dst + i);
    }
    return ERR_OK;
}

err_t cap_copy_new(cptr_t *dst, capref_t src)
{
    err_t error = slot_alloc(dst);
    if (error) return error;
    error = cap_copy(*dst, src);
    if (error) slot_free(*dst);
    return error;
}

err_t cap_mint_new(cptr_t *dst, capref_t src, uint64_t badge, uint64_t flags)
{
    err_t error = slot_alloc(dst);
    if (error) return error;
    error = cap_mint(*dst, src, CAP_RIGHTS_ALL, badge, flags);
    if (error) slot_free(*dst);
    return error;
}

err_t cap_retype_new(cptr_t *dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes)
{
    err_t error = slot_alloc(dst);
    if (error) return error;
    error = cap_retype(*dst, src, offset, type, bytes, 1);
    if (error) slot_free(*dst);
    return error;
}

err_t cap_free(cptr_t slot)
{
    if (!slot) return ERR_OK;
    err_t error = cap_delete(slot);
    if (error == ERR_L2_LOOKUP) error = ERR_OK;
    if (!error) slot_free(slot);
    return error;
}
