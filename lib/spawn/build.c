/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the process that a plan describes. The child's L2CNode 0 hangs in an L1 slot of our own meanwhile (the
 * window), so that its slots are ours to retype into, map with and invoke. Whatever fails, revoking the block undoes it all.
 */
#include "plan.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/paging.h>
#include <spawn/spawn.h>
#include <string.h>
#include <threads/sync.h>

struct build {
    const struct spawn_request *request;
    struct plan plan;
    struct spawned *child;
    cptr_t window; /* our cptr of the child's slot 0: under the last L1 slot of ours */
    vaddr_t frame; /* where we see the dispatcher frame */
    vaddr_t data;  /* and the data frame */
};

static struct mutex mutex; /* one at a time: `build` and the window are shared */
static struct build build;

static cptr_t in_child(cptr_t slot)
{
    return build.window + slot;
}

static cptr_t window_l1(void)
{
    return CPTR_L1 | build.window >> CNODE_L2_BITS;
}

static err_t make_cspace(void)
{
    struct spawned *child = build.child;
    const struct plan *plan = &build.plan;
    err_t err =
        cap_retype(child->cspace, child->block, plan->l1_offset, CAP_L1CNODE, plan->l1_slots * (uint64_t)SLOT_BYTES, 1);
    if (!err) {
        err = cap_retype(CAPREF(child->cspace, CPTR_L1), child->block, plan->l2_offset, CAP_L2CNODE, 0, plan->l2cnodes);
    }
    if (!err) err = cap_copy(window_l1(), CAPREF(child->cspace, CPTR_L1));
    if (!err) err = cap_copy(in_child(SLOT_CSPACE), child->cspace);
    return err;
}

static err_t make_dispatcher(void)
{
    struct spawned *child = build.child;
    err_t err = cap_retype(child->dispatcher, child->block, build.plan.dispatcher_offset, CAP_DISPATCHER, 0, 1);
    if (!err) {
        err = cap_mint(in_child(SLOT_DISPATCHER), child->dispatcher, CAP_RIGHTS_ALL, build.request->priority, 0);
    }
    if (!err) err = cap_retype(in_child(SLOT_ENDPOINT), child->dispatcher, 0, CAP_ENDPOINT, 0, 1);
    return err;
}

static err_t make_frames(void)
{
    const struct plan *plan = &build.plan;
    cptr_t block = build.child->block;
    err_t err = cap_retype(in_child(SLOT_FRAME), block, plan->frame_offset, CAP_FRAME, FRAME_AREA_BYTES, 1);
    if (!err) err = cap_retype(in_child(SLOT_INFO), block, plan->data_offset, CAP_FRAME, plan->data_bytes, 1);
    return err;
}

/* The root, L1, L2 and all L3s, and the entries that hang them together. */
static err_t make_tables(void)
{
    const struct plan *plan = &build.plan;
    cptr_t block = build.child->block;
    uint64_t offset = plan->vnode_offset;
    cptr_t first = in_child(plan->table[0].slot);
    err_t err = cap_retype(in_child(SLOT_VSPACE), block, offset, CAP_VNODE0, 0, 1);
    if (!err) err = cap_retype(first, block, offset + VNODE_BYTES, CAP_VNODE1, 0, 1);
    if (!err) err = cap_retype(first + 1, block, offset + 2 * VNODE_BYTES, CAP_VNODE2, 0, 1);
    if (!err) err = cap_retype(first + 2, block, offset + 3 * VNODE_BYTES, CAP_VNODE3, 0, plan->table_count - 2);
    for (uint32_t i = 0; i < plan->table_count && !err; i++) {
        const struct plan_table *table = &plan->table[i];
        cptr_t parent = table->level == 1 ? SLOT_VSPACE : plan->table[table->level - 2].slot;
        unsigned entry = table->va >> (PAGE_BITS + 9 * (4 - table->level)) & (VNODE_ENTRIES - 1);
        err = vnode_map_table(in_child(parent), in_child(table->slot), entry, in_child(table->mapping));
    }
    return err;
}

static cptr_t table_of(vaddr_t va)
{
    for (uint32_t i = 2; i < build.plan.table_count; i++) {
        const struct plan_table *table = &build.plan.table[i];
        if (va - table->va < (uint64_t)VNODE_ENTRIES * PAGE_SIZE) return in_child(table->slot);
    }
    return 0;
}

/* One part after the other. Only L2CNode 0 is in the window. */
static err_t make_mapping(const struct plan_mapping *mapping, cptr_t source)
{
    err_t err = ERR_OK;
    uint32_t number = mapping->number;
    uint64_t bytes;
    for (uint64_t done = 0; done < mapping->bytes && !err; done += bytes, number++) {
        vaddr_t va = mapping->va + done;
        cptr_t slot = plan_slot(number);
        capref_t dst = slot < CNODE_L2_SLOTS ? in_child(slot) : CAPREF(build.child->cspace, slot);
        bytes = plan_part(mapping, va);
        err = vnode_map(table_of(va), source, mapping->offset + done, va >> PAGE_BITS & (VNODE_ENTRIES - 1),
                        bytes / PAGE_SIZE, mapping->attributes, dst);
    }
    return err;
}

static err_t make_mappings(void)
{
    const cptr_t sources[] = {
        [PLAN_FILE] = build.request->file_frame,
        [PLAN_FRAME] = in_child(SLOT_FRAME),
        [PLAN_DATA] = in_child(SLOT_INFO),
    };
    err_t err = ERR_OK;
    for (uint32_t i = 0; i < build.plan.mapping_count && !err; i++)
        err = make_mapping(&build.plan.mapping[i], sources[build.plan.mapping[i].source]);
    return err;
}

/* Everything is zero when it is made; what is not to be is written here. */
static void write_memory(void)
{
    const struct plan *plan = &build.plan;
    char *data = (char *)build.data;
    info_fill(build.request, plan, (struct spawn_info *)data);
    for (uint32_t i = 0; i < plan->copy_count; i++) {
        const struct plan_copy *copy = &plan->copy[i];
        memcpy(data + copy->to, (const char *)build.request->file + copy->from, copy->bytes);
    }
    struct dispatcher_frame *frame = (struct dispatcher_frame *)build.frame;
    frame->self = VADDR_FRAME;
    frame->disabled = 1;
    frame->disabled_save.pc = build.request->image->entry;
    frame->disabled_save.sp = VADDR_STACK_TOP;
    frame->disabled_save.x[0] = VADDR_INFO;
}

static err_t fill_memory(void)
{
    uint32_t attributes = MAP_READ | MAP_WRITE;
    err_t err = paging_map(in_child(SLOT_FRAME), 0, PAGE_SIZE, attributes, 0, "child's frame", &build.frame);
    if (err) return err;
    err = paging_map(in_child(SLOT_INFO), 0, build.plan.data_bytes, attributes, 0, "child's data", &build.data);
    if (!err) {
        write_memory();
        paging_unmap(build.data, build.plan.data_bytes);
    }
    paging_unmap(build.frame, PAGE_SIZE);
    return err;
}

static err_t give_passed(void)
{
    const struct spawn_request *request = build.request;
    err_t err = cap_copy(in_child(SLOT_RAM), build.child->block);
    for (uint32_t i = 0; i < request->passed_count && !err; i++) {
        if (request->passed[i]) err = cap_copy(in_child(SLOT_PASSED + i), request->passed[i]);
    }
    return err;
}

static err_t configure(void)
{
    struct spawned *child = build.child;
    err_t err = disp_configure(child->dispatcher, child->cspace, in_child(SLOT_VSPACE), in_child(SLOT_FRAME),
                               build.request->supervisor);
    return err ? err : disp_priority(child->dispatcher, build.request->priority);
}

/* Last, since it cannot fail any more once the first has moved: all slots are known to be empty. */
static err_t give_services(void)
{
    static const cptr_t slots[4] = {SLOT_INIT, SLOT_MONITOR, SLOT_MEM, SLOT_NAMES};
    err_t err = ERR_OK;
    for (unsigned i = 0; i < 4 && !err; i++) {
        cptr_t service = build.request->services[i];
        if (service) err = cap_move(in_child(slots[i]), service);
    }
    for (unsigned i = 0; i < 4 && !err; i++)
        slot_free(build.request->services[i]);
    return err;
}

static err_t build_all(void)
{
    err_t err = make_cspace();
    if (!err) err = make_dispatcher();
    if (!err) err = make_frames();
    if (!err) err = make_tables();
    if (!err) err = make_mappings();
    if (!err) err = fill_memory();
    if (!err) err = give_passed();
    if (!err) err = configure();
    if (!err) err = give_services();
    cap_delete(window_l1());
    return err;
}

/* The block and the slots of what the caller keeps. */
static err_t child_begin(const struct spawn_request *request, struct spawned *child)
{
    const struct ram_source *source = request->source ? request->source : ram_source();
    err_t err = source->alloc(build.plan.bytes, &child->block);
    if (err) {
        child->block = 0;
        return err;
    }
    child->bytes = build.plan.bytes;
    err = slot_alloc(&child->cspace);
    if (!err) err = slot_alloc(&child->dispatcher);
    return err;
}

err_t spawn_build(const struct spawn_request *request, struct spawned *child)
{
    *child = (struct spawned){0};
    mutex_lock(&mutex);
    build.request = request;
    build.child = child;
    err_t err = plan_make(request, &build.plan);
    build.window = slots_window();
    if (!err) err = child_begin(request, child);
    if (!err) err = build_all();
    mutex_unlock(&mutex);
    if (err) spawn_destroy(child);
    return err;
}

err_t spawn_give(const struct spawned *child, cptr_t slot, cptr_t capability)
{
    err_t err = cap_move(CAPREF(child->cspace, slot), capability);
    if (!err) slot_free(capability);
    return err;
}

err_t spawn_start(const struct spawned *child)
{
    return disp_resume(child->dispatcher);
}

err_t spawn_destroy(struct spawned *child)
{
    err_t err = child->block ? cap_revoke(child->block) : ERR_OK;
    if (err == ERR_L2_LOOKUP) {
        /* The child revoked its block itself, and ours went with it; what it could not take is left. */
        cap_revoke(child->cspace);
        err = cap_revoke(child->dispatcher);
        if (err == ERR_L2_LOOKUP) err = ERR_OK;
    }
    if (err) return err;
    cap_free(child->dispatcher);
    cap_free(child->cspace);
    cap_free(child->block);
    *child = (struct spawned){0};
    return ERR_OK;
}
