/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells between kernels: for each ordered pair of cores one page with a bit for each bell and a bit for each word of them.
 * The ringer sets bell, then word, and interrupts if no word was set before; the hearer takes a word's bit away, then its
 * bells, until no word is left. So a bell that is set after its word was taken has its word set again, by somebody who
 * saw all words taken and interrupts (checked in kernel/models/doorbell.pml). All of it is sequentially consistent.
 */
#include <arch/gic.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <kernel/dispatcher.h>
#include <kernel/irq.h>
#include <kernel/panic.h>
#include <kernel/peers.h>

#define HEARD_AT_ONCE 64 /* bells that one interrupt answers, and what is left of a word */

struct peer_page peers_in[CORES_MAX] __attribute__((section(".noinit")));
static struct peer_page *peers_out[CORES_MAX];
static coreid_t next; /* whom to hear first: nobody is kept waiting by a louder one */

void peers_start(void)
{
    memory_zero(peers_in, sizeof(peers_in));
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        peers_in[core].target = gic_self();
    }
}

bool peer_connect(coreid_t core, paddr_t image)
{
    uint64_t offset = image_paddr(&peers_in[kernel_core]) - image_paddr(image_start);
    peers_out[core] = mmu_peer_map(core, image + offset);
    return peers_out[core] != NULL;
}

struct peer_page *peer_page(coreid_t core)
{
    return peers_out[core];
}

void peer_forget(coreid_t core)
{
    peers_out[core] = NULL;
}

err_t peer_ring(coreid_t core, uint32_t id)
{
    struct peer_page *out = core < CORES_MAX ? peers_out[core] : NULL;
    if (out == NULL) {
        return ERR_NOT_FOUND;
    }
    atomic_fetch_or(&out->bells[id / 64], 1ull << (id % 64));
    if (atomic_fetch_or(&out->summary, 1ull << (id / 64)) == 0) {
        gic_send(out->target, GIC_SGI_BELL);
    }
    return ERR_OK;
}

static void hear(void)
{
    unsigned heard = 0;
    for (unsigned n = 0; n < CORES_MAX; n++) {
        struct peer_page *in = &peers_in[next++ % CORES_MAX];
        uint64_t words;
        while ((words = atomic_load(&in->summary)) != 0) {
            if (heard >= HEARD_AT_ONCE) {
                gic_send(gic_self(), GIC_SGI_BELL);
                return;
            }
            unsigned word = (unsigned)__builtin_ctzll(words);
            atomic_fetch_and(&in->summary, ~(1ull << word));
            for (uint64_t bells = atomic_exchange(&in->bells[word], 0); bells; bells &= bells - 1) {
                irq_signal(IRQ_BELL(word * 64 + (unsigned)__builtin_ctzll(bells)));
                heard++;
            }
        }
    }
}

void peer_interrupt(unsigned sgi)
{
    if (sgi == GIC_SGI_HALT) {
        kernel_halt();
    }
    hear();
}

void peers_halt(void)
{
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        if (peers_out[core] != NULL) {
            gic_send(peers_out[core]->target, GIC_SGI_HALT);
        }
    }
}
