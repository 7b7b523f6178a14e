/* SPDX-License-Identifier: BSD-2-Clause */
/* The MDB against a plain array: random changes, and after each one every question that it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/mdb.h>

const struct cap_type_info cap_types[CAP_TYPE_COUNT] = CAP_TYPE_INFO_INIT;

#define SLOTS 256
#define SPAN 64 /* pages */

static struct slot slots[SLOTS];
static struct slot *order[SLOTS]; /* one slot of each object, sorted */
static unsigned objects;

static int compare_caps(const struct cap *a, const struct cap *b)
{
    unsigned space_a = cap_types[a->type].space, space_b = cap_types[b->type].space;
    if (space_a != space_b) return space_a < space_b ? -1 : 1;
    if (a->base != b->base) return a->base < b->base ? -1 : 1;
    if (a->bytes != b->bytes) return a->bytes > b->bytes ? -1 : 1;
    if (a->type != b->type) return a->type < b->type ? -1 : 1;
    if (a->minor != b->minor) return a->minor < b->minor ? -1 : 1;
    return a->badge == b->badge ? 0 : a->badge < b->badge ? -1 : 1;
}

static int compare_slots(const void *a, const void *b)
{
    return compare_caps(&(*(struct slot *const *)a)->cap, &(*(struct slot *const *)b)->cap);
}

/* The model: every occupied slot, sorted, one of each object. */
static void model(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!slot_is_empty(&slots[i])) order[count++] = &slots[i];
    }
    assert_int_equal(count, mdb_counts.caps);
    qsort(order, count, sizeof order[0], compare_slots);
    objects = 0;
    for (unsigned i = 0; i < count; i++) {
        if (i == 0 || compare_caps(&order[objects - 1]->cap, &order[i]->cap) != 0) order[objects++] = order[i];
    }
    assert_int_equal(objects, mdb_counts.nodes);
}

static void order_is_like_the_array(void)
{
    unsigned i = 0;
    for (unsigned space = 0; space < CAP_SPACE_COUNT; space++) {
        struct slot *last = NULL;
        for (struct slot *n = mdb_first(space); n != NULL; n = mdb_next(n)) {
            assert_true(i < objects);
            assert_int_equal(compare_caps(&n->cap, &order[i]->cap), 0);
            assert_ptr_equal(mdb_prev(n), last);
            assert_ptr_equal(mdb_find(&order[i]->cap), n);
            assert_ptr_equal(mdb_node(order[i]), n);
            last = n;
            i++;
        }
    }
    assert_int_equal(i, objects);
}

static void before_is_like_the_array(uint64_t address)
{
    const struct slot *expected = NULL, *found = mdb_before(CAP_SPACE_MEM, address);
    for (unsigned i = 0; i < objects; i++) {
        if (cap_space(&order[i]->cap) == CAP_SPACE_MEM && order[i]->cap.base < address) expected = order[i];
    }
    assert_int_equal(expected == NULL, found == NULL);
    if (found != NULL) assert_int_equal(compare_caps(&expected->cap, &found->cap), 0);
}

static void overlap_is_like_the_array(void)
{
    struct slot *node = mdb_node(order[rand() % objects]), *last;
    if (cap_space(&node->cap) != CAP_SPACE_MEM) return;
    uint64_t low = node->cap.base + rand() % (node->cap.bytes / PAGE_SIZE) * PAGE_SIZE;
    uint64_t high = low + (1 + rand() % ((cap_end(&node->cap) - low) / PAGE_SIZE)) * PAGE_SIZE;
    bool expected = false;
    for (unsigned i = 0; i < objects; i++) {
        const struct cap *cap = &order[i]->cap;
        expected |= cap_space(cap) == CAP_SPACE_MEM && compare_caps(cap, &node->cap) > 0 && cap->base < high &&
                    cap_end(cap) > low;
    }
    assert_int_equal(mdb_overlaps(node, low, high, &last), expected);
}

/* Sizes are powers of two at their multiples, so objects nest, but for Mappings, which lie anywhere. */
static struct cap random_cap(void)
{
    static const uint8_t types[] = {CAP_ARENA,   CAP_RAM, CAP_FRAME, CAP_DISPATCHER, CAP_ENDPOINT,
                                    CAP_MAPPING, CAP_IRQ, CAP_ID,    CAP_KERNEL};
    struct cap cap = {.type = types[rand() % sizeof types], .rights = rand() % 8};
    uint64_t pages = 1u << rand() % 7;
    cap.base = rand() % (SPAN / pages) * pages * PAGE_SIZE;
    cap.bytes = pages * PAGE_SIZE;
    if (cap.type == CAP_MAPPING) {
        cap.base = rand() % SPAN * PAGE_SIZE;
        cap.bytes = (1 + rand() % 5) * PAGE_SIZE;
        cap.badge = rand() % 4;
    }
    if (cap.type == CAP_ENDPOINT && rand() % 2) {
        cap.minor = ENDPOINT_BADGED | rand() % 4;
        cap.badge = rand() % 4;
    }
    return cap;
}

static void change(struct slot *slot)
{
    struct slot *other = &slots[rand() % SLOTS];
    if (slot_is_empty(slot)) {
        if (!slot_is_empty(other) && rand() % 2) {
            slot->cap = other->cap;
            mdb_copy(slot, other);
            return;
        }
        slot->cap = random_cap();
        struct slot *hint = rand() % 2 ? mdb_before(CAP_SPACE_MEM, slot->cap.base + 1) : NULL;
        bool good = hint != NULL && cap_space(&slot->cap) == CAP_SPACE_MEM && compare_caps(&hint->cap, &slot->cap) < 0;
        mdb_insert(slot, good ? hint : NULL);
    } else if (slot_is_empty(other) && rand() % 3 == 0) {
        uint64_t hash = mdb_counts.hash;
        mdb_move(other, slot);
        assert_int_equal(hash, mdb_counts.hash);
    } else {
        mdb_remove(slot);
    }
}

static void mdb_is_like_an_array(void **state)
{
    (void)state;
    srand(11);
    for (unsigned step = 0; step < 30000; step++) {
        unsigned percent = step / 3000 % 2 ? 40 : 80; /* fuller, emptier */
        struct slot *slot = &slots[rand() % (SLOTS * percent / 100)];
        change(slot);
        const char *wrong = mdb_check();
        if (wrong != NULL) fail_msg("step %u: %s", step, wrong);
        model();
        order_is_like_the_array();
        if (objects != 0) {
            before_is_like_the_array(rand() % (SPAN + 1) * PAGE_SIZE);
            overlap_is_like_the_array();
        }
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!slot_is_empty(&slots[i])) mdb_remove(&slots[i]);
    }
    assert_int_equal(mdb_counts.hash, 0);
    assert_int_equal(mdb_counts.nodes, 0);
}

static void mdb_hash_ignores_history(void **state)
{
    (void)state;
    struct cap caps[32];
    uint64_t hash = 0;
    for (unsigned i = 0; i < 32; i++)
        caps[i] = random_cap();
    for (unsigned round = 0; round < 8; round++) {
        unsigned from = rand() % 32;
        for (unsigned i = 0; i < 32; i++) {
            slots[i].cap = caps[(i * 5 + from) % 32];
            mdb_insert(&slots[i], NULL);
        }
        assert_true(round == 0 || hash == mdb_counts.hash);
        hash = mdb_counts.hash;
        mdb_remove(&slots[7]);
        assert_true(hash != mdb_counts.hash);
        for (unsigned i = 0; i < 32; i++) {
            if (i != 7) mdb_remove(&slots[i]);
        }
    }
}

/* The steps of KINFO_MDB: one node takes another's place, as a freed block does, and as CAP_SPLIT changes it. */
static void mdb_replace_and_resize_keep_the_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        slots[i].cap = (struct cap){.type = CAP_RAM, .base = i * 16 * PAGE_SIZE, .bytes = 16 * PAGE_SIZE};
        mdb_insert(&slots[i], NULL);
    }
    mdb_resize(&slots[20], 4 * PAGE_SIZE);
    assert_null(mdb_check());
    mdb_resize(&slots[39], 1 * PAGE_SIZE);
    assert_null(mdb_check());
    struct cap freed = {.type = CAP_RAM, .flags = CAP_FREED, .base = 20 * 16 * PAGE_SIZE, .bytes = 16 * PAGE_SIZE};
    mdb_replace(&slots[50], &freed, &slots[20]);
    assert_null(mdb_check());
    assert_true(slot_is_empty(&slots[20]));
    assert_ptr_equal(mdb_find(&freed), &slots[50]);
    freed.base = 39 * 16 * PAGE_SIZE;
    mdb_replace(&slots[39], &freed, &slots[39]); /* in place */
    assert_null(mdb_check());
    assert_ptr_equal(mdb_find(&freed), &slots[39]);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!slot_is_empty(&slots[i])) mdb_remove(&slots[i]);
    }
}

/* Runs of every length into gaps of trees of every size. */
static void mdb_insert_run_is_like_insert(void **state)
{
    (void)state;
    static struct slot run[64];
    for (unsigned round = 0; round < 3000; round++) {
        unsigned before = rand() % 120, after = rand() % 120, count = 1 + rand() % 64;
        for (unsigned i = 0; i <= before + after; i++) {
            uint64_t page = i <= before ? i : 1000 + i;
            slots[i].cap = (struct cap){.type = CAP_RAM, .base = page * PAGE_SIZE, .bytes = PAGE_SIZE};
            mdb_insert(&slots[i], NULL);
        }
        for (unsigned i = 0; i < count; i++)
            run[i].cap = (struct cap){.type = CAP_RAM, .base = (500 + i) * PAGE_SIZE, .bytes = PAGE_SIZE};
        mdb_insert_run(run, count, &slots[before].cap, &slots[before]);
        const char *wrong = mdb_check();
        if (wrong != NULL) fail_msg("%u between %u and %u: %s", count, before, after, wrong);
        for (unsigned i = 0; i < count; i++) {
            assert_ptr_equal(mdb_find(&run[i].cap), &run[i]);
            mdb_remove(&run[i]);
            assert_null(mdb_check());
        }
        for (unsigned i = 0; i <= before + after; i++)
            mdb_remove(&slots[i]);
    }
    assert_int_equal(mdb_counts.hash, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mdb_is_like_an_array),
        cmocka_unit_test(mdb_hash_ignores_history),
        cmocka_unit_test(mdb_insert_run_is_like_insert),
        cmocka_unit_test(mdb_replace_and_resize_keep_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
