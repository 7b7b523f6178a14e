/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slot allocator: one 64-bit word per L2CNode, a bit for each free slot. All state is in here, changed only while the
 * dispatcher is disabled. slot_alloc() refills, in the calling thread and enabled, as soon as fewer than SLOT_RESERVE
 * slots are free; one thread does at a time, and whatever it calls takes slots from the reserve meanwhile.
 */
#include <arch/disable.h>
#include <caps/caps.h>
#include <caps/slots.h>

#define L2CNODES_MAX 2048
#define REFILL_YIELDS 100000

static uint64_t free_map[L2CNODES_MAX]; /* of L2CNode n; 0: nothing free, or there is no such node */
static unsigned node_count;             /* L2CNodes 0 .. node_count - 1 exist */
static unsigned l1_count;               /* slots of the L1CNode; the last is kept free */
static unsigned node_hint;              /* none below it has a free slot */
static unsigned all_count;
unsigned slots_free_count;
static bool refilling;
static err_t (*refiller)(unsigned node, unsigned *l1_slots);
static void (*yielder)(void);

static void nodes_add(unsigned until)
{
    for (; node_count < until && node_count < L2CNODES_MAX; node_count++) {
        free_map[node_count] = ~0ull;
        slots_free_count += CNODE_L2_SLOTS;
        all_count += CNODE_L2_SLOTS;
        if (node_hint > node_count) node_hint = node_count;
    }
}

void slots_init(unsigned l2cnodes, unsigned used, unsigned l1_slots)
{
    l1_count = l1_slots;
    node_count = node_hint = 1; /* L2CNode 0 is for what the process was born with */
    slots_free_count = all_count = 0;
    nodes_add(l2cnodes);
    if (node_count > 1 && used) {
        free_map[1] &= used < 64 ? ~0ull << used : 0;
        slots_free_count -= used;
    }
}

void slots_taken(unsigned l2cnodes)
{
    if (l2cnodes > node_count) node_count = l2cnodes;
}

void slots_set_refill(err_t (*refill)(unsigned node, unsigned *l1_slots), void (*yield)(void))
{
    refiller = refill;
    yielder = yield;
}

err_t slot_take(cptr_t *slot)
{
    while (node_hint < node_count && !free_map[node_hint])
        node_hint++;
    if (node_hint >= node_count) return ERR_NO_SLOTS;
    unsigned bit = (unsigned)__builtin_ctzll(free_map[node_hint]);
    free_map[node_hint] &= free_map[node_hint] - 1;
    slots_free_count--;
    *slot = CPTR(node_hint, bit);
    return ERR_OK;
}

/* The lowest bit of a run of `count` ones, or 64. */
static unsigned find_run(uint64_t map, unsigned count)
{
    for (unsigned have = 1; have < count && map;) {
        unsigned step = count - have < have ? count - have : have;
        map &= map >> step;
        have += step;
    }
    return map ? (unsigned)__builtin_ctzll(map) : 64;
}

/* Disabled. */
static err_t take_run(unsigned count, cptr_t *first)
{
    for (unsigned node = node_hint; node < node_count; node++) {
        unsigned bit = find_run(free_map[node], count);
        if (bit == 64) continue;
        uint64_t run = count == 64 ? ~0ull : ((1ull << count) - 1) << bit;
        free_map[node] &= ~run;
        slots_free_count -= count;
        *first = CPTR(node, bit);
        return ERR_OK;
    }
    return ERR_NO_SLOTS;
}

/* One more L2CNode, unless another thread is about it. Enabled. */
static err_t refill(void)
{
    bool was = dispatcher_disable_nested();
    bool mine = !refilling && refiller && node_count < L2CNODES_MAX;
    if (mine) refilling = true;
    unsigned node = node_count;
    dispatcher_enable_nested(was);
    if (!mine) return ERR_NO_SLOTS;
    err_t error = refiller(node, &l1_count);
    was = dispatcher_disable_nested();
    if (!error) nodes_add(node + 1);
    refilling = false;
    dispatcher_enable_nested(was);
    return error;
}

/* If another thread is about it: give it time, and say whether it has finished. Not for ever: it may wait for us. */
static bool refill_wait(void)
{
    bool waited = *(volatile bool *)&refilling;
    for (unsigned n = 0; n < REFILL_YIELDS && *(volatile bool *)&refilling; n++)
        yielder();
    return waited && !*(volatile bool *)&refilling;
}

err_t slots_top_up(void)
{
    return slots_free_count < SLOT_RESERVE && !refilling ? refill() : ERR_OK;
}

err_t slots_reserve(unsigned count)
{
    err_t error = ERR_OK;
    while (!error && slots_free_count < SLOT_RESERVE + count && !refilling)
        error = refill();
    return error;
}

err_t slot_alloc_reserved(cptr_t *slot)
{
    cptr_t taken = 0;
    bool was = dispatcher_disable_nested();
    err_t error = slot_take(&taken);
    dispatcher_enable_nested(was);
    if (!error) *slot = taken; /* not while disabled: it may be memory that is not backed yet */
    return error;
}

err_t slot_alloc(cptr_t *slot)
{
    err_t error = slots_top_up();
    return slot_alloc_reserved(slot) == ERR_OK ? ERR_OK : error ? error : ERR_NO_SLOTS;
}

err_t slot_alloc_run(unsigned count, cptr_t *first)
{
    if (count == 0 || count > CNODE_L2_SLOTS) return ERR_ARGUMENT;
    err_t error = slots_reserve(count);
    do {
        cptr_t run = 0;
        bool was = dispatcher_disable_nested();
        err_t taken = take_run(count, &run);
        dispatcher_enable_nested(was);
        if (!taken) {
            *first = run;
            return ERR_OK;
        }
        error = refill_wait() ? ERR_OK : refill();
    } while (!error);
    return error;
}

void slot_free_run(cptr_t first, unsigned count)
{
    unsigned node = first >> CNODE_L2_BITS, bit = first & (CNODE_L2_SLOTS - 1);
    if (node == 0 || node >= node_count || count == 0 || bit + count > CNODE_L2_SLOTS) return;
    uint64_t run = count == 64 ? ~0ull : ((1ull << count) - 1) << bit;
    bool was = dispatcher_disable_nested();
    slots_free_count += (unsigned)__builtin_popcountll(run & ~free_map[node]);
    free_map[node] |= run;
    if (node < node_hint) node_hint = node;
    dispatcher_enable_nested(was);
}

void slot_free(cptr_t slot)
{
    slot_free_run(slot, 1);
}

cptr_t slots_window(void)
{
    return CPTR(l1_count - 1, 0);
}

void slots_count(unsigned *free_slots, unsigned *all)
{
    *free_slots = slots_free_count;
    *all = all_count;
}
