/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzzer that knows the ABI: random system calls whose capabilities, slots, offsets, types and sizes are mostly right,
 * so that at least a fifth of them succeed and the rest fail late. Everything happens to memory and slots of its own;
 * it must not end this process, and everything is revoked and counted at the end. Prints its seed.
 */
#include "support.h"
#include <stdio.h>

#define SLOTS 64
#define OWN 8 /* what the library may have made for itself meanwhile: slots, pages */
#define RAM_BYTES (256 * PAGE_SIZE)

static cptr_t ram, pool, roots; /* pool: 64 slots that the calls work on; roots: a CSpace of its own */
static uint64_t seed;
static uint64_t made[64], succeeded[64];

static uint64_t pick(uint64_t n)
{
    return random_next(&seed) % n;
}

static bool rarely(void)
{
    return pick(16) == 0;
}

static const uint64_t odd[] = {
    0,          1,          7,          63,         64,         65,    4095,        4097,
    1ull << 31, 1ull << 32, 1ull << 47, 1ull << 48, 1ull << 63, ~0ull, ~0ull << 12, 0x5a5a5a5a5a5a5a5a};

static uint64_t odd_value(void)
{
    return odd[pick(sizeof(odd) / sizeof(odd[0]))];
}

static uint64_t slot(void)
{
    if (rarely()) {
        uint64_t any = odd_value();
        return any < 65536 || any == CPTR_L1 ? 0 : any; /* those name what this process stands on */
    }
    return pick(8) ? pool + pick(SLOTS) : CAPREF(roots, CPTR(pick(3), pick(SLOTS)));
}

/* What is in which pool slot, as far as we know: makes most calls meaningful. */
static bool holds(uint64_t at, struct cap_info *info)
{
    return cap_identify(at, info) == ERR_OK;
}

static uint64_t full_slot(void)
{
    struct cap_info info;

    for (unsigned i = 0; i < 4; i++) {
        uint64_t at = pool + pick(SLOTS);
        if (holds(at, &info)) {
            return at;
        }
    }
    return slot();
}

static uint64_t empty_slot(void)
{
    struct cap_info info;

    for (unsigned i = 0; i < 4; i++) {
        uint64_t at = pool + pick(SLOTS);
        if (!holds(at, &info)) {
            return at;
        }
    }
    return slot();
}

static uint64_t pages(uint64_t most)
{
    return rarely() ? odd_value() : pick(most) * PAGE_SIZE;
}

static err_t fuzz_capability(unsigned op)
{
    static const uint64_t types[] = {CAP_RAM,    CAP_FRAME,  CAP_FRAME,  CAP_DMAFRAME, CAP_L2CNODE,    CAP_L1CNODE,
                                     CAP_VNODE0, CAP_VNODE1, CAP_VNODE2, CAP_VNODE3,   CAP_DISPATCHER, CAP_ENDPOINT};
    uint64_t type = rarely() ? pick(256) : types[pick(sizeof(types) / sizeof(types[0]))];
    uint64_t bytes = rarely() ? odd_value() : type == CAP_L1CNODE ? 4096u << pick(2) : (1 + pick(3)) * PAGE_SIZE;

    switch (op) {
    case CAP_COPY:
        return raw6(SYS_OP(SYS_CAP, op), 0, empty_slot(), full_slot(), pick(16), 0, 0, 0);
    case CAP_MINT:
        return raw6(SYS_OP(SYS_CAP, op), 0, empty_slot(), rarely() ? full_slot() : SLOT_ENDPOINT, pick(8), odd_value(),
                    rarely() ? odd_value() : pick(8), 0);
    case CAP_MOVE:
        return raw6(SYS_OP(SYS_CAP, op), 0, empty_slot(), full_slot(), 0, 0, 0, 0);
    case CAP_DELETE:
        return raw6(SYS_OP(SYS_CAP, op), 0, full_slot(), 0, 0, 0, 0, 0);
    case CAP_REVOKE:
        return raw6(SYS_OP(SYS_CAP, op), 0, pick(8) ? full_slot() : ram, 0, 0, 0, 0, 0);
    case CAP_RETYPE:
        return raw6(SYS_OP(SYS_CAP, op), 0, empty_slot(), pick(3) ? ram : full_slot(), pages(256), type, bytes,
                    rarely() ? odd_value() : 1 + pick(2));
    case CAP_IDENTIFY:
        return raw6(SYS_OP(SYS_CAP, op), 0, full_slot(), 0, 0, 0, 0, 0);
    case CAP_CLEAR:
        return raw6(SYS_OP(SYS_CAP, op), 0, full_slot(), 0, 0, 0, 0, 0);
    default:
        return raw6(SYS_OP(SYS_CAP, op), 0, empty_slot(), full_slot(), pages(8), 0, 0, 0);
    }
}

/* Operations on page tables and dispatchers of its own; never on the ones that this process lives in. */
static err_t fuzz_invoke(unsigned op)
{
    uint64_t on = full_slot();

    return raw6(SYS_OP(SYS_INVOKE, op), on, full_slot(), pages(4), rarely() ? odd_value() : pick(512), 1 + pick(4),
                pick(8), empty_slot());
}

static err_t fuzz_message(void)
{
    struct raw call = {0};

    for (unsigned i = 0; i < 8; i++) {
        call.x[i] = odd_value();
    }
    call.x[8] = LMP_CALL(pick(rarely() ? 256 : 9), rarely() ? pick(256) & ~(uint64_t)LMP_BLOCK : pick(2) * LMP_WAKE);
    call.x[9] = full_slot();
    call.x[10] = pick(2) ? 0 : full_slot();
    return raw_call(&call);
}

static unsigned one(void)
{
    unsigned kind = (unsigned)pick(20);
    err_t err;

    if (kind < 14) {
        static const uint8_t weights[14] = {CAP_COPY,     CAP_COPY,   CAP_MINT,   CAP_MOVE,   CAP_DELETE,
                                            CAP_DELETE,   CAP_REVOKE, CAP_RETYPE, CAP_RETYPE, CAP_RETYPE,
                                            CAP_IDENTIFY, CAP_CLEAR,  CAP_SPLIT,  CAP_COPY};
        unsigned op = weights[kind];
        err = fuzz_capability(op);
        made[op]++;
        succeeded[op] += err == ERR_OK;
    } else if (kind < 18) {
        unsigned op = (unsigned)pick(10);
        if (op == DISP_RESUME) {
            op = VNODE_MAP; /* a dispatcher that was never configured has nothing to run */
        }
        err = fuzz_invoke(op);
        made[16 + op]++;
        succeeded[16 + op] += err == ERR_OK;
    } else if (kind < 19) {
        err = fuzz_message();
        made[32]++;
        succeeded[32] += err == ERR_OK;
    } else {
        uint64_t call = random_next(&seed);
        /* not what would end or block this process: it is enabled, so the blocking calls are refused */
        err = raw6(rarely() ? SYS_YIELD : call << 8 | (SYS_COUNT + pick(200)), odd_value(), odd_value(), odd_value(),
                   odd_value(), odd_value(), odd_value(), odd_value());
        made[33]++;
        succeeded[33] += err == ERR_OK;
    }
    return err == ERR_OK;
}

/* Empties pool and second CSpace. */
static err_t clean_up(void)
{
    struct cap_info info;
    err_t err = cap_revoke(ram);

    for (unsigned i = 0; i < SLOTS; i++) {
        if (holds(pool + i, &info)) {
            cap_delete(pool + i);
        }
    }
    return err;
}

static err_t set_up(void)
{
    err_t err = cap_retype(roots, ram, RAM_BYTES, CAP_L1CNODE, 32 * SLOT_BYTES, 1);

    for (unsigned i = 0; !err && i < 2; i++) {
        err = cap_retype(CAPREF(roots, CPTR_L1 | i), ram, RAM_BYTES + (i + 1) * CNODE_L2_BYTES, CAP_L2CNODE, 0, 1);
    }
    return err;
}

static void one_million_calls(void)
{
    const uint64_t calls = test_quick() ? 20000 : 1000000;
    uint64_t good = 0, before;

    seed = test_seed();
    test_note("seed %llu", (unsigned long long)seed);
    CHECK_OK(ram_new(&ram, RAM_BYTES + 8 * CNODE_L2_BYTES));
    CHECK_OK(slot_alloc(&roots));
    CHECK_OK(slot_alloc_run(SLOTS, &pool));
    before = mdb_count_still();
    for (uint64_t i = 0; i < calls; i++) {
        if (i % 20000 == 0) {
            CHECK_OK(clean_up());
            CHECK_OK(set_up());
        }
        good += one();
    }
    CHECK_OK(clean_up());
    for (unsigned i = 0; i < 34; i++) {
        if (made[i]) {
            test_note("operation %2u: %llu of %llu", i, (unsigned long long)succeeded[i], (unsigned long long)made[i]);
        }
    }
    test_note("%llu of %llu calls succeeded", (unsigned long long)good, (unsigned long long)calls);
    EXPECT(good * 5 >= calls);
    EXPECT(mdb_count_still() <= before + OWN);
    cap_free(roots);
    CHECK_OK(cap_free(ram));
    slot_free_run(pool, SLOTS);
}

static const struct test tests[] = {
    TEST(one_million_calls),
};
TEST_MAIN(tests)
