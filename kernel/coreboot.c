/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting another core. Its kernel is a copy of this one's image in a KCB: text, constants and init are as they were loaded,
 * since nobody writes to them; .data was kept before its first use, .bss is zeros. In the copy its page tables
 * and its `boot` are filled in; it takes both from there and reads nothing else of ours. Then the KCB leaves our direct map.
 *
 * Who starts a core sets `state` in the page that it hears the new one by; the new one makes PEER_UP of PEER_STARTING when it
 * is about to run init, or, once its starter has made PEER_FAILED of it, stays off. So a late core never uses memory that
 * went back, but its KCB, in which it may be running, is gone for good.
 */
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/timer.h>
#include <kernel/block.h>
#include <kernel/coreboot.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/init_process.h>
#include <kernel/mdb.h>
#include <kernel/peers.h>
#include <kernel/string.h>

#define LOAD_BYTES 8192 /* copied in one step */
#define KCB_STARTED                                                                                                    \
    UINT32_MAX /* in cap.detail of a KCB, else how many bytes are copied, and one more when it is complete */

extern char image_data[], data_end[], image_file_end[], image_end[], start_other[];
static char data_kept[PAGE_SIZE] __attribute__((aligned(8), section(".noinit")));

void coreboot_keep(void)
{
    memcpy(data_kept, image_data, (size_t)(data_end - image_data));
}

static uint64_t in_image(const void *symbol)
{
    return (uint64_t)symbol - (uint64_t)image_start;
}

static err_t find(capref_t ref, unsigned type, struct slot **slot)
{
    err_t err = cspace_find(&core.current->cspace.cap, ref, slot);
    return err != ERR_OK ? err : cap_expect(&(*slot)->cap, type);
}

static err_t core_load(const uint64_t *x)
{
    struct slot *slot;
    err_t err = find(x[0], CAP_KCB, &slot);
    if (err != ERR_OK) {
        return err;
    }
    struct cap *kcb = &slot->cap;
    uint64_t all = in_image(image_file_end), length = all - kcb->detail;
    if ((kcb->base | kcb->bytes) & (2 * MIB - 1)) {
        return ERR_ALIGNMENT;
    }
    if (kcb->bytes < in_image(image_end) || kcb->detail > all) {
        return ERR_ARGUMENT;
    }
    if (length == 0) { /* its page tables are the last step */
        kcb->detail++;
        return mmu_prepare(phys_to_virt(kcb->base), kcb->base) ? ERR_OK : ERR_NO_MEMORY;
    }
    length = length < LOAD_BYTES ? length : LOAD_BYTES;
    char *to = phys_to_virt(kcb->base + kcb->detail);
    memcpy(to, image_start + kcb->detail, length);
    cache_flush(to, length);
    kcb->detail += (uint32_t)length;
    return ERR_AGAIN;
}

/* What the new kernel is told, in its own `boot`. */
static void tell(const struct cap *kcb, coreid_t id, const struct cap *memory, const struct cap *urpc)
{
    struct boot *its = phys_to_virt(kcb->base + in_image(&boot));
    memcpy(its, &boot, sizeof(boot));
    its->core = id;
    its->starter = kernel_core;
    its->reset = timer_reset;
    its->free.count = 1;
    its->free.range[0] = (struct range){memory->base, memory->bytes};
    its->urpc = (struct range){urpc->base, urpc->bytes};
    char *data = phys_to_virt(kcb->base + in_image(image_data));
    memcpy(data, data_kept, (size_t)(data_end - image_data));
    cache_flush(data, PAGE_SIZE);
}

/* All that has to be known before anything changes. */
static err_t start_check(const uint64_t *x, struct slot **kcb, struct slot **memory, struct slot **urpc)
{
    err_t err = find(x[0], CAP_KCB, kcb);
    if (err == ERR_OK) {
        err = find(x[1], CAP_RAM, memory);
    }
    if (err == ERR_OK) {
        err = find(x[4], CAP_FRAME, urpc);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (!block_is_sole(*memory)) {
        return ERR_BLOCK;
    }
    if (x[2] == 0 || x[2] >= CORES_MAX || (*kcb)->cap.detail != in_image(image_file_end) + 1) {
        return ERR_ARGUMENT;
    }
    return x[2] == kernel_core || peer_page((coreid_t)x[2]) != NULL ? ERR_EXISTS : ERR_OK;
}

static err_t core_start(uint64_t *x)
{
    struct slot *slot, *memory, *urpc;
    err_t err = start_check(x, &slot, &memory, &urpc);
    if (err != ERR_OK) {
        return err;
    }
    struct cap *kcb = &slot->cap;
    coreid_t id = (coreid_t)x[2];
    tell(kcb, id, &memory->cap, &urpc->cap);
    if (!peer_connect(id, kcb->base) || !mmu_direct(kcb->base, kcb->bytes, false)) {
        peer_forget(id);
        return ERR_NO_MEMORY;
    }
    atomic_store(&peers_in[id].state, PEER_STARTING);
    int64_t answer = psci_core_on(x[3], kcb->base + in_image(start_other));
    if (answer != 0) {
        peer_forget(id);
        mmu_direct(kcb->base, kcb->bytes, true);
        return ERR_DEVICE;
    }
    kcb->detail = KCB_STARTED;
    boot.kernels[id] = (struct range){kcb->base, kcb->bytes};
    x[1] = kcb->base;
    x[2] = kcb->bytes;
    mdb_remove(memory); /* it is the other core's */
    return ERR_OK;
}

static err_t core_abandon(uint64_t id)
{
    uint32_t starting = PEER_STARTING;
    if (id >= CORES_MAX) {
        return ERR_ARGUMENT;
    }
    if (!atomic_compare_exchange_strong(&peers_in[id].state, &starting, PEER_FAILED)) {
        return ERR_BUSY;
    }
    peer_forget((coreid_t)id);
    return ERR_OK;
}

static err_t core_peer(const uint64_t *x)
{
    uint64_t end;
    if (x[0] >= CORES_MAX || x[0] == kernel_core) {
        return ERR_ARGUMENT;
    }
    if (peer_page((coreid_t)x[0]) != NULL) {
        return ERR_EXISTS;
    }
    if (__builtin_add_overflow(x[1], x[2], &end) || end >> DIRECT_MAP_BITS || x[2] == 0) {
        return ERR_ARGUMENT;
    }
    if ((x[1] | x[2]) & (2 * MIB - 1)) {
        return ERR_ALIGNMENT;
    }
    if (!mmu_direct(x[1], x[2], false) || !peer_connect((coreid_t)x[0], x[1])) {
        return ERR_NO_MEMORY;
    }
    boot.kernels[x[0]] = (struct range){x[1], x[2]};
    return ERR_OK;
}

err_t coreboot_invoke(unsigned op, uint64_t *x)
{
    switch (op) {
    case KERNEL_CORE_LOAD:
        return core_load(x);
    case KERNEL_CORE_START:
        return core_start(x);
    case KERNEL_CORE_ABANDON:
        return core_abandon(x[0]);
    default:
        return core_peer(x);
    }
}

const char *coreboot_join(void)
{
    uint32_t starting = PEER_STARTING;
    for (coreid_t id = 0; id < CORES_MAX; id++) {
        if (id != kernel_core && boot.kernels[id].bytes && !peer_connect(id, boot.kernels[id].base)) {
            return "core: no page table for its peers";
        }
    }
    return atomic_compare_exchange_strong(&peer_page(boot.starter)->state, &starting, PEER_UP) ? NULL
                                                                                               : "core: came too late";
}

bool coreboot_release(const struct cap *kcb)
{
    return kcb->detail != KCB_STARTED;
}
