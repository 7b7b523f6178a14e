/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for peers.c, coreboot.c and shared_invoke.c where there is one core only. */
#include <kernel/coreboot.h>
#include <kernel/peers.h>
#include <kernel/shared.h>

err_t peer_ring(coreid_t core, uint32_t id)
{
    (void)core, (void)id;
    return ERR_NOT_FOUND;
}

void peer_interrupt(unsigned sgi)
{
    (void)sgi;
}

void peers_start(void) {}

void peers_halt(void) {}

void coreboot_keep(void) {}

const char *coreboot_join(void)
{
    return "core: this kernel is for one";
}

err_t coreboot_invoke(unsigned op, uint64_t *x)
{
    (void)op, (void)x;
    return ERR_UNSUPPORTED;
}

err_t shared_invoke(const struct cap *own, unsigned op, uint64_t *x)
{
    (void)own, (void)op, (void)x;
    return ERR_UNSUPPORTED;
}

bool coreboot_release(const struct cap *kcb)
{
    (void)kcb;
    return true;
}
