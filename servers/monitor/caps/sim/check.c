/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The invariants (doc/capabilities-across-cores.md), checked after every action from the slots and messages alone. Of each core a
 * summary is kept, made again when the core's kernel may have changed.
 */
#include "world.h"
#include <string.h>

#define EXTENTS (REGION * (REGION + 1) / 2)
#define OBJECTS (EXTENTS * (TYPES - 1))
_Static_assert(OBJECTS <= 64 && PAGES <= 32, "sets are bit masks");

static struct summary {
    uint64_t objects[REGIONS]; /* distinct objects, as numbers in their region */
    uint32_t held;             /* first pages of the blocks that something is held of */
    uint8_t pages[PAGES];      /* of those blocks */
} summaries[DCAP_CORES];

static uint64_t conflicts[OBJECTS]; /* objects that must not exist with this one */
static uint32_t stale;              /* cores whose summary must be made */

static unsigned object_number(unsigned base, unsigned pages, unsigned type)
{
    static const uint8_t first[] = {0, REGION, 2 * REGION - 1, 3 * REGION - 3, 4 * REGION - 6};
    return (first[pages - 1] + base) * (TYPES - 1) + type - 1;
}

/* Is a the ancestor of b, or may both be Mappings of the same? */
static bool compatible(unsigned base_a, unsigned pages_a, unsigned a, unsigned base_b, unsigned pages_b, unsigned b)
{
    bool contains = base_b >= base_a && base_b + pages_b <= base_a + pages_a;
    if (a == MAPPING && b == MAPPING) return true;
    return contains && ((a == RAM && (b != RAM || pages_a != pages_b)) || (a == FRAME && b == MAPPING));
}

static void conflicts_make(unsigned base, unsigned pages, unsigned type)
{
    uint64_t *set = &conflicts[object_number(base, pages, type)];
    for (unsigned n = 1; n <= REGION; n++) {
        for (unsigned other = 0; other + n <= REGION; other++) {
            if (other >= base + pages || other + n <= base) continue;
            for (unsigned t = RAM; t <= MAPPING; t++) {
                bool same = other == base && n == pages && t == type;
                if (!same && !compatible(base, pages, type, other, n, t) && !compatible(other, n, t, base, pages, type))
                    *set |= 1ull << object_number(other, n, t);
            }
        }
    }
}

void world_check_start(void)
{
    stale = -1;
    if (conflicts[object_number(0, 1, FRAME)] != 0) return;
    for (unsigned pages = 1; pages <= REGION; pages++) {
        for (unsigned base = 0; base + pages <= REGION; base++) {
            for (unsigned type = RAM; type <= MAPPING; type++)
                conflicts_make(base, pages, type);
        }
    }
}

void world_changed(coreid_t core)
{
    stale |= core_bit(core);
}

static const char *add(struct summary *summary, const struct fake_slot *cap)
{
    unsigned region = cap->base / REGION;
    summary->objects[region] |= 1ull << object_number(cap->base % REGION, cap->pages, cap->type);
    summary->held |= 1u << cap->block;
    if (summary->pages[cap->block] != 0 && summary->pages[cap->block] != cap->block_pages)
        return "3: one block with two extents";
    summary->pages[cap->block] = cap->block_pages;
    return NULL;
}

static const char *summarise(struct world *world, coreid_t core)
{
    struct summary *summary = &summaries[core];
    const char *wrong = NULL;
    memset(summary, 0, sizeof(*summary));
    for (unsigned i = 0; i < SLOTS && wrong == NULL; i++) {
        const struct fake_slot *slot = slot_number(&world->kernel[core], i);
        if (slot->type != NOTHING && slot->flight == 0) wrong = add(summary, slot);
    }
    return wrong;
}

/* What is under way, or under an operation, by the first page of its block. */
static struct {
    uint32_t shared, exclusive; /* blocks that an INSTALL is in flight of */
    uint32_t executing;         /* blocks that an operation executes on */
    struct summary all;         /* of all cores, and in flight */
} under_way;

/* A capability that moves is nobody's from move_begin until it is installed or put back. */
static bool in_transit(const struct world *world, const struct dcap_op *op, coreid_t core, unsigned number)
{
    coreid_t to = op->request.to_core;
    if (message_find(world, core, to, DCAP_INSTALL, number) != NULL) return true;
    const struct dcap_message *ack = message_find(world, to, core, DCAP_INSTALL_ACK, number);
    return ack != NULL && ack->error != ERR_OK;
}

static const char *operation_look(struct world *world, coreid_t core, unsigned number)
{
    const struct dcap_op *op = &world->monitor[core].ops[number];
    uint32_t block = 1u << op->source.cap.block_base;
    struct fake_slot cap = cap_fake(&op->source.cap);
    if (op->phase == DCAP_EXECUTING) {
        if (under_way.executing & block) return "1: two operations execute on one block";
        under_way.executing |= block;
        if (op->request.kind != DCAP_SEND && op->request.kind != DCAP_MOVE) return NULL;
        under_way.shared |= block;
        return message_find(world, core, op->request.to_core, DCAP_INSTALL, number) ? add(&under_way.all, &cap) : NULL;
    }
    if (op->phase != DCAP_MOVING || !in_transit(world, op, core, number)) return NULL;
    if (under_way.exclusive & block) return "2: a block moves twice at once";
    under_way.exclusive |= block;
    return add(&under_way.all, &cap);
}

static const char *gather(struct world *world)
{
    memset(&under_way, 0, sizeof(under_way));
    struct summary *all = &under_way.all;
    for (coreid_t core = 0; core < world->cores; core++) {
        const struct summary *summary = &summaries[core];
        all->held |= summary->held;
        for (unsigned region = 0; region < REGIONS; region++)
            all->objects[region] |= summary->objects[region];
        for (uint32_t set = summary->held; set != 0; set &= set - 1) {
            unsigned page = __builtin_ctz(set);
            if (all->pages[page] != 0 && all->pages[page] != summary->pages[page])
                return "3: one block with two extents";
            all->pages[page] = summary->pages[page];
        }
    }
    for (coreid_t core = 0; core < world->cores; core++) {
        for (unsigned i = 0; i < DCAP_OPS; i++) {
            const char *wrong = operation_look(world, core, i);
            if (wrong != NULL) return wrong;
        }
    }
    return NULL;
}

/* The directory: one home, and a mask that is true while nobody has the lock. */
static const char *check_directory(const struct world *world, uint32_t masks[PAGES], uint32_t *locked)
{
    for (coreid_t core = 0; core < world->cores; core++) {
        const struct dcap *monitor = &world->monitor[core];
        if (monitor->faults != 0) return "a monitor got a message that cannot be";
        if (monitor->frees > DCAP_FREES) return "11: more FREE messages than the channel has room for";
        for (unsigned i = 0; i < monitor->entries; i++) {
            const struct dcap_entry *entry = &monitor->directory[i];
            uint8_t owner = world->owner[entry->key / REGION];
            if (owner != 0xff && owner != core) return "1: a block with two homes";
            masks[entry->key] |= entry->mask;
            if (entry->locked != 0) *locked |= 1u << entry->key;
            for (uint32_t n = 0, seen = 0; n < entry->locked; seen |= core_bit(entry->queue[n++].core)) {
                if (seen & core_bit(entry->queue[n].core)) return "11: two LOCKs of one core for one block";
            }
        }
    }
    return NULL;
}

static const char *check_block(const struct world *world, unsigned page, uint32_t mask, bool locked)
{
    uint32_t holds = 0, has_state = 0, bit = 1u << page;
    for (coreid_t core = 0; core < world->cores; core++) {
        uint8_t state = world->kernel[core].state[page];
        if (summaries[core].held & bit) holds |= core_bit(core);
        if (state != 0) has_state |= core_bit(core);
        if (!locked && (state & FENCED) && !(world->lost & core_bit(core))) return "6: a fence, and no operation";
    }
    if (!locked && ((mask ^ has_state) & ~(uint32_t)world->lost) != 0)
        return "2: the mask is not those with a BlockState";
    uint32_t alone = holds & ~has_state;
    if (alone == 0 && !(under_way.exclusive & bit)) return NULL;
    if (alone & (alone - 1)) return "2: two cores, and each thinks that it is alone";
    if (holds != alone || has_state != 0) return "2: a core thinks that it is alone, and another one holds something";
    if (under_way.shared & bit) return "2: a core thinks that it is alone, and an INSTALL is in flight";
    if (alone != 0 && (under_way.exclusive & bit)) return "2: a block is held, and on its way elsewhere";
    return NULL;
}

/* No two objects in conflict; nothing named is free. */
static const char *check_memory(const struct world *world)
{
    const struct summary *all = &under_way.all;
    for (unsigned region = 0; region < REGIONS; region++) {
        for (uint64_t set = all->objects[region]; set != 0; set &= set - 1) {
            if (all->objects[region] & conflicts[__builtin_ctzll(set)]) return "3: two objects overlap";
        }
    }
    for (uint32_t set = all->held; set != 0; set &= set - 1) {
        unsigned first = __builtin_ctz(set);
        for (unsigned page = first; page < first + all->pages[first]; page++) {
            if (!world->used[page]) return "4: memory that is named is free";
            if (page != first && (all->held & 1u << page)) return "4: two blocks overlap";
        }
    }
    return NULL;
}

const char *world_check(struct world *world)
{
    uint32_t masks[PAGES] = {0}, locked = 0;
    const char *wrong = world_wrong;
    if (wrong != NULL) return wrong;
    for (; stale & (core_bit(world->cores - 1) * 2 - 1); stale &= stale - 1) {
        wrong = summarise(world, __builtin_ctz(stale));
        if (wrong != NULL) return wrong;
    }
    stale = 0;
    wrong = gather(world);
    if (wrong == NULL) wrong = check_directory(world, masks, &locked);
    for (unsigned page = 0; page < PAGES && wrong == NULL; page++)
        wrong = check_block(world, page, masks[page], locked >> page & 1);
    return wrong != NULL ? wrong : check_memory(world);
}

/* A core is lost. What it had stays as it was, and what it may know of is never free. */
static const char *check_rest(const struct world *world)
{
    for (coreid_t core = 0; core < world->cores; core++) {
        if (world->lost & core_bit(core)) continue;
        for (unsigned i = 0; i < DCAP_OPS; i++) {
            if (world->monitor[core].ops[i].phase != DCAP_IDLE) return "10: an operation waits for a lost core";
        }
        for (unsigned proc = 0; proc < PROCS; proc++) {
            if (world->kernel[core].waiting[proc]) return "10: a request without a reply";
        }
        for (unsigned page = 0; page < PAGES; page++) {
            if (world->kernel[core].state[page] & FENCED) return "10: a fence, and no operation";
        }
        for (unsigned i = 0; i < SLOTS; i++) {
            if (slot_number((struct fake_kernel *)&world->kernel[core], i)->flight != 0)
                return "10: a slot stays in flight";
        }
    }
    return NULL;
}

const char *world_check_quiet(struct world *world)
{
    const struct summary *all = &under_way.all;
    uint32_t named = 0;
    const char *wrong = world_check(world);
    if (wrong != NULL) return wrong;
    if (world->lost != 0) return check_rest(world);
    for (coreid_t core = 0; core < world->cores; core++) {
        for (unsigned proc = 0; proc < PROCS; proc++) {
            if (world->kernel[core].waiting[proc]) return "6: a request without a reply";
        }
        for (unsigned page = 0; page < PAGES; page++) {
            if (world->kernel[core].state[page] != 0 && !(summaries[core].held & 1u << page))
                return "2: a BlockState for nothing";
        }
        for (unsigned i = 0; i < SLOTS; i++) {
            if (slot_number(&world->kernel[core], i)->flight != 0) return "5: a slot stays in flight";
        }
    }
    for (uint32_t set = all->held; set != 0; set &= set - 1) {
        unsigned first = __builtin_ctz(set);
        named |= ((1u << all->pages[first]) - 1) << first;
    }
    for (unsigned page = 0; page < PAGES; page++) {
        if (world->used[page] && !(named & 1u << page)) return "4: memory leaks";
    }
    for (unsigned region = 0; region < REGIONS; region++) {
        if (world->owner[region] == 0xff) return "9: an arena got lost";
    }
    return NULL;
}

const char *revoke_check(struct world *world, coreid_t core, const struct dcap_cap *cap)
{
    struct fake_slot target = cap_fake(cap);
    for (coreid_t other = 0; other < world->cores; other++) {
        unsigned copies = 0;
        for (unsigned i = 0; i < SLOTS; i++) {
            const struct fake_slot *slot = slot_number(&world->kernel[other], i);
            if (slot->type == NOTHING || slot->flight != 0 || !revoke_covers(&target, slot)) continue;
            if (slot->type != target.type || slot->pages != target.pages) return "5: a descendant survives a revoke";
            copies++;
        }
        if (copies > (other == core)) return "5: a copy survives a revoke";
        for (coreid_t to = 0; to < world->cores; to++) {
            const struct channel *channel = &world->channel[other][to];
            for (unsigned i = 0; i < channel->count; i++) {
                struct fake_slot sent = cap_fake(&channel->messages[i].cap);
                if (channel->messages[i].kind == DCAP_INSTALL && revoke_covers(&target, &sent))
                    return "5: a revoke has answered, and what it deleted is under way";
            }
        }
    }
    return NULL;
}
