/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BlockStates, in one array ordered by block. What the monitor does with them is in shared_invoke.c.
 */
#include <kernel/mdb.h>
#include <kernel/shared.h>

unsigned shared_count;
static struct block_state states[CONFIG_BLOCK_STATES];
static unsigned vacant_count;
bool shared_ignored;

/* The state of the block that begins at `base`, or NULL; *place: where it would stand. */
static struct block_state *find(uint64_t base, unsigned *place)
{
    unsigned low = 0, high = shared_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (states[middle].base < base)
            low = middle + 1;
        else
            high = middle;
    }
    if (place != NULL) *place = low;
    return low < shared_count && states[low].base == base ? &states[low] : NULL;
}

static struct block_state *state_of(const struct cap *cap)
{
    return cap->block_bytes != 0 ? find(cap->block_base, NULL) : NULL;
}

struct block_state *shared_make(const struct cap *cap)
{
    unsigned place;
    struct block_state *state = find(cap->block_base, &place);
    if (state != NULL) return state;
    if (shared_count == CONFIG_BLOCK_STATES) return NULL;
    for (unsigned i = shared_count++; i > place; i--)
        states[i] = states[i - 1];
    states[place] = (struct block_state){cap->block_base, cap->block_bytes, false, false};
    return &states[place];
}

void shared_remove(struct block_state *state)
{
    vacant_count -= state->vacant;
    shared_count--;
    for (; state < states + shared_count; state++)
        *state = state[1];
}

bool shared_has_state(const struct cap *cap)
{
    return !shared_ignored && state_of(cap) != NULL;
}

bool shared_is_fenced(const struct cap *cap)
{
    const struct block_state *state = state_of(cap);
    return state != NULL && state->fenced && !shared_ignored;
}

struct block_state *shared_find(uint64_t base)
{
    return find(base, NULL);
}

/* What lies in a block is contiguous in the MDB. */
bool shared_is_held(const struct block_state *state)
{
    uint64_t base = state->base;
    struct slot *before = mdb_before(CAP_SPACE_MEM, base);
    const struct slot *node = before == NULL ? mdb_first(CAP_SPACE_MEM) : mdb_next(before);
    /* An Arena may begin where the block does. */
    while (node != NULL && node->cap.base == base && node->cap.block_bytes == 0)
        node = mdb_next(node);
    return node != NULL && node->cap.block_bytes != 0 && node->cap.block_base == base;
}

bool shared_vacated(const struct cap *cap)
{
    struct block_state *state = state_of(cap);
    if (state == NULL) return false;
    vacant_count += !state->vacant;
    state->vacant = true;
    return true;
}

struct block_state *shared_next_vacant(void)
{
    for (unsigned i = 0; vacant_count != 0 && i < shared_count; i++) {
        if (!states[i].vacant) continue;
        states[i].vacant = false;
        vacant_count--;
        return &states[i];
    }
    return NULL;
}
