/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile system calls, row by row of the hostile-input page: each must be answered with an error, and every
 * capability of the machine must be what it was before.
 */
#include "support.h"
#include <stdio.h>

static cptr_t ram;   /* 64 KiB */
static cptr_t frame; /* 4 KiB of it, from 0 on */
static cptr_t spare; /* an empty slot */

static void K1_unknown_system_call(void)
{
    for (uint64_t call = SYS_COUNT; call < 256; call++) {
        REFUSED(raw6(call, 0, 0, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
}

static void K1_unknown_operation(void)
{
    for (uint64_t op = CAP_OP_COUNT; op < 256; op += 7) {
        REFUSED(raw6(SYS_OP(SYS_CAP, op), 0, frame, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
    for (uint64_t op = 9; op < 256; op += 7) {
        REFUSED_ANY(raw6(SYS_OP(SYS_INVOKE, op), SLOT_DISPATCHER, 0, 0, 0, 0, 0, 0));
        REFUSED_ANY(raw6(SYS_OP(SYS_INVOKE, op), SLOT_VSPACE, 0, 0, 0, 0, 0, 0));
        REFUSED_ANY(raw6(SYS_OP(SYS_INVOKE, op), frame, 0, 0, 0, 0, 0, 0));
        REFUSED_ANY(raw6(SYS_OP(SYS_INVOKE, op), ram, 0, 0, 0, 0, 0, 0));
    }
}

static void K1_reserved_bits(void)
{
    for (unsigned bit = 16; bit < 64; bit++) {
        uint64_t extra = 1ull << bit;
        REFUSED(raw6(SYS_OP(SYS_CAP, CAP_IDENTIFY) | extra, 0, frame, 0, 0, 0, 0, 0), ERR_SYSCALL);
        REFUSED(raw6(SYS_OP(SYS_INVOKE, DISP_READ) | extra, SLOT_DISPATCHER, 0, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
    for (unsigned bit = 8; bit < 64; bit++) {
        REFUSED(raw6(SYS_YIELD | 1ull << bit, 0, 0, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
}

static void K1_message_too_long(void)
{
    for (uint64_t words = LMP_WORDS + 1; words < 256; words += 13) {
        REFUSED(raw6(LMP_CALL(words, 0), SLOT_NAMES, 0, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
    for (unsigned bit = 18; bit < 64; bit++) {
        REFUSED(raw6(LMP_CALL(1, 0) | 1ull << bit, SLOT_NAMES, 0, 0, 0, 0, 0, 0), ERR_SYSCALL);
    }
}

static void K2_null_cptr(void)
{
    REFUSED(RAW_CAP(CAP_IDENTIFY, 0), ERR_L2_LOOKUP);
    REFUSED(RAW_CAP(CAP_DELETE, 0), ERR_L2_LOOKUP);
    REFUSED_ANY(RAW_CAP(CAP_COPY, 0, frame, CAP_RIGHTS_ALL));
    REFUSED(RAW_CAP(CAP_COPY, spare, 0, CAP_RIGHTS_ALL), ERR_L2_LOOKUP);
    REFUSED(RAW_INVOKE(0, DISP_READ, 0), ERR_L2_LOOKUP);
}

static void K2_empty_slot(void)
{
    REFUSED(RAW_CAP(CAP_IDENTIFY, spare), ERR_L2_LOOKUP);
    REFUSED(RAW_CAP(CAP_REVOKE, spare), ERR_L2_LOOKUP);
    REFUSED(RAW_INVOKE(spare, DISP_READ, 0), ERR_L2_LOOKUP);
    REFUSED(raw6(LMP_CALL(0, 0), spare, 0, 0, 0, 0, 0, 0), ERR_L2_LOOKUP);
}

static void K2_first_level(void)
{
    REFUSED(RAW_CAP(CAP_IDENTIFY, CPTR(0xffff, 0)), ERR_L1_LOOKUP);
    REFUSED(RAW_CAP(CAP_IDENTIFY, CPTR(0xfff0, 63)), ERR_L1_LOOKUP);
    REFUSED_ANY(RAW_CAP(CAP_COPY, CPTR(0xffff, 1), frame, CAP_RIGHTS_ALL));
    REFUSED_ANY(RAW_CAP(CAP_IDENTIFY, CPTR_L1 | 0xffff));
    /* bits between the index and the flag have no meaning and must be 0 */
    for (unsigned bit = 22; bit < 31; bit++) {
        REFUSED_ANY(RAW_CAP(CAP_IDENTIFY, frame | 1ull << bit));
    }
}

static void K2_root_is_no_cnode(void)
{
    REFUSED(RAW_CAP(CAP_IDENTIFY, CAPREF(frame, 1)), ERR_ROOT_LOOKUP);
    REFUSED(RAW_CAP(CAP_IDENTIFY, CAPREF(spare, 1)), ERR_ROOT_LOOKUP);
    REFUSED(RAW_CAP(CAP_IDENTIFY, CAPREF(SLOT_DISPATCHER, 1)), ERR_ROOT_LOOKUP);
    REFUSED_ANY(RAW_CAP(CAP_IDENTIFY, CAPREF(0xffffffff, 1)));
    REFUSED(RAW_CAP(CAP_COPY, CAPREF(ram, spare), frame, CAP_RIGHTS_ALL), ERR_ROOT_LOOKUP);
}

static void K2_path_through_a_frame(void)
{
    /* The last slot of the L1CNode is far from any L2CNode of the allocator. */
    struct cap_info info;
    cptr_t last;

    CHECK_OK(cap_identify(SLOT_CSPACE, &info));
    last = (cptr_t)(info.bytes / SLOT_BYTES - 1);
    if (cap_copy(CPTR_L1 | last, frame) == ERR_OK) {
        REFUSED(RAW_CAP(CAP_IDENTIFY, CPTR(last, 0)), ERR_L1_LOOKUP);
        CHECK_OK(cap_delete(CPTR_L1 | last));
    }
}

static void K3_wrong_type(void)
{
    REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, ram, 0, 0, 1, MAP_READ, spare));
    REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP_TABLE, frame, 0, 5, 0, 0, spare));
    REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_UNMAP, frame));
    REFUSED(RAW_INVOKE(SLOT_DISPATCHER, DISP_CONFIGURE, frame), ERR_CAP_TYPE);
    REFUSED(RAW_INVOKE(SLOT_DISPATCHER, DISP_CONFIGURE, 0, frame), ERR_CAP_TYPE);
    REFUSED(RAW_INVOKE(SLOT_DISPATCHER, DISP_CONFIGURE, 0, 0, ram), ERR_CAP_TYPE);
    REFUSED(raw6(LMP_CALL(1, 0), frame, 1, 0, 0, 0, 0, 0), ERR_CAP_TYPE);
    REFUSED_ANY(RAW_CAP(CAP_SPLIT, spare, frame, PAGE_SIZE));
}

static void K3_rights_only_shrink(void)
{
    struct cap_info info;

    CHECK_OK(cap_copy_rights(spare, frame, MAP_READ));
    CHECK_OK(cap_identify(spare, &info));
    EXPECT_EQ(info.rights, MAP_READ);
    cptr_t again;
    CHECK_OK(slot_alloc(&again));
    CHECK_OK(cap_copy_rights(again, spare, CAP_RIGHTS_ALL));
    CHECK_OK(cap_identify(again, &info));
    EXPECT_EQ(info.rights, MAP_READ);
    EXPECT_EQ(cap_free(again), ERR_OK);
    EXPECT_EQ(cap_delete(spare), ERR_OK);
}

static void K3_mint_raises_nothing(void)
{
    cptr_t limited, badged;

    CHECK_OK(cap_mint_new(&badged, SLOT_ENDPOINT, 0x123456789abcull, 0));
    REFUSED_ANY(RAW_CAP(CAP_MINT, spare, badged, CAP_RIGHTS_ALL, 7, 0));
    CHECK_OK(cap_free(badged));
    REFUSED_ANY(RAW_CAP(CAP_MINT, spare, SLOT_ENDPOINT, CAP_RIGHTS_ALL, 7, 1 << 4));
    REFUSED_ANY(RAW_CAP(CAP_MINT, spare, frame, CAP_RIGHTS_ALL, 1, 0));
    CHECK_OK(slot_alloc(&limited));
    CHECK_OK(cap_mint(limited, SLOT_DISPATCHER, CAP_RIGHTS_ALL, 7, 0));
    REFUSED_ANY(RAW_CAP(CAP_MINT, spare, limited, CAP_RIGHTS_ALL, 0, 0));
    REFUSED(RAW_INVOKE(limited, DISP_PRIORITY, 0), ERR_PRIORITY);
    CHECK_OK(cap_delete(limited));
    /* One of its own making allows everything, but its maker does not. */
    CHECK_OK(cap_retype(limited, ram, 15 * PAGE_SIZE, CAP_DISPATCHER, 0, 1));
    REFUSED(RAW_INVOKE(limited, DISP_PRIORITY, 0), ERR_PRIORITY);
    EXPECT_EQ(RAW_INVOKE(limited, DISP_PRIORITY, 7), ERR_OK);
    CHECK_OK(cap_free(limited));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_PRIORITY, 8));
}

static void K4_overflow(void)
{
    static const uint64_t huge[] = {~0ull, ~0ull - PAGE_MASK, 1ull << 63, 1ull << 52, 1ull << 40};

    for (unsigned i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
        uint64_t big = huge[i] & ~(uint64_t)PAGE_MASK;
        REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, big, CAP_FRAME, PAGE_SIZE, 1));
        REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, big, 1));
        REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, huge[i]));
        REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, big, CAP_FRAME, big, 64));
        REFUSED_ANY(RAW_CAP(CAP_SPLIT, spare, ram, big));
        REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, frame, big, 0, 1, MAP_READ, spare));
        REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, frame, 0, huge[i], 1, MAP_READ, spare));
        REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, frame, 0, 1, huge[i], MAP_READ, spare));
    }
}

static void K4_zero_and_outside(void)
{
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, 0, 1));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 0));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 65));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, 65536, CAP_FRAME, PAGE_SIZE, 1));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, 61440, CAP_FRAME, 2 * PAGE_SIZE, 1));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 16));
    REFUSED_ANY(RAW_CAP(CAP_SPLIT, spare, ram, 0));
    REFUSED_ANY(RAW_CAP(CAP_SPLIT, spare, ram, 65536));
    /* 64 objects do not fit behind the last slots of an L2CNode */
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare | 63, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 2));
}

static void K5_misaligned(void)
{
    REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE + 1, CAP_FRAME, PAGE_SIZE, 1), ERR_ALIGNMENT);
    REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE + 8, 1), ERR_ALIGNMENT);
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, 2048, CAP_DISPATCHER, 0, 1));
    REFUSED(RAW_CAP(CAP_SPLIT, spare, ram, 100), ERR_ALIGNMENT);
    REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, frame, 1, 0, 1, MAP_READ, spare));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, DISP_FRAME_RINGS + 4, 4, 0));
}

static void K6_occupied_destination(void)
{
    REFUSED(RAW_CAP(CAP_COPY, frame, ram, CAP_RIGHTS_ALL), ERR_SLOT_OCCUPIED);
    REFUSED(RAW_CAP(CAP_MOVE, frame, ram), ERR_SLOT_OCCUPIED);
    REFUSED(RAW_CAP(CAP_MOVE, frame, frame), ERR_SLOT_OCCUPIED);
    REFUSED(RAW_CAP(CAP_MINT, frame, SLOT_ENDPOINT, CAP_RIGHTS_ALL, 5, 0), ERR_SLOT_OCCUPIED);
    REFUSED(RAW_CAP(CAP_RETYPE, frame, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 1), ERR_SLOT_OCCUPIED);
    REFUSED_ANY(RAW_CAP(CAP_SPLIT, frame, ram, PAGE_SIZE));
}

static void K6_no_partial_batch(void)
{
    cptr_t run;

    CHECK_OK(slot_alloc_run(4, &run));
    CHECK_OK(cap_copy(run + 3, frame));
    REFUSED(RAW_CAP(CAP_RETYPE, run, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 4), ERR_SLOT_OCCUPIED);
    REFUSED(RAW_CAP(CAP_IDENTIFY, run), ERR_L2_LOOKUP);
    CHECK_OK(cap_delete(run + 3));
    slot_free_run(run, 4);
}

static void K7_retype_over_a_descendant(void)
{
    REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, 0, CAP_FRAME, PAGE_SIZE, 1), ERR_REVOKE_FIRST);
    REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, 0, CAP_FRAME, 65536, 1), ERR_REVOKE_FIRST);
    REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, 0, CAP_L2CNODE, 0, 1), ERR_REVOKE_FIRST);
    REFUSED_ANY(RAW_CAP(CAP_SPLIT, spare, ram, 2 * PAGE_SIZE));
}

static void K8_conflicting_types(void)
{
    for (uint64_t type = 0; type < 256; type++) {
        REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, frame, 0, type, PAGE_SIZE, 1));
        if (type >= CAP_TYPE_COUNT) {
            REFUSED_ANY(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, type, PAGE_SIZE, 1));
        }
    }
    static const uint64_t never[] = {CAP_NULL, CAP_ARENA,  CAP_DEVFRAME, CAP_ENDPOINT, CAP_MAPPING,
                                     CAP_IRQ,  CAP_KERNEL, CAP_ID,       CAP_DOORBELL};
    for (unsigned i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        REFUSED(RAW_CAP(CAP_RETYPE, spare, ram, PAGE_SIZE, never[i], PAGE_SIZE, 1), ERR_RETYPE_TYPE);
    }
}

static void K14_bad_capability_to_send(void)
{
    struct raw raw = {.x = {[8] = LMP_CALL(1, 0), [9] = SLOT_ENDPOINT, [10] = spare}};

    REFUSED_ANY((raw.x[8] = LMP_CALL(1, 0), raw.x[9] = SLOT_ENDPOINT, raw.x[10] = spare, raw_call(&raw)));
    REFUSED_ANY((raw.x[8] = LMP_CALL(1, 0), raw.x[9] = SLOT_ENDPOINT, raw.x[10] = CAPREF(frame, 1), raw_call(&raw)));
}

static void K15_dispatcher_arguments(void)
{
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 8, DISP_FRAME_RINGS, 4, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, 0, 4, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, DISP_FRAME_MAX, 4, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, ~0ull - 79, 4, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, DISP_FRAME_RINGS, 5, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_RING, 7, DISP_FRAME_RINGS, 2048, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_READ, 5, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_DISPATCHER, DISP_READ, DISP_READ_REGS, 0)); /* it is running */
    REFUSED(raw6(SYS_BLOCK, 0, 0, 0, 0, 0, 0, 0), ERR_NOT_DISABLED);
    REFUSED(raw6(SYS_RESUME, 0, 0, 0, 0, 0, 0, 0), ERR_NOT_DISABLED);
    REFUSED_ANY(raw6(LMP_CALL(0, LMP_BLOCK), SLOT_ENDPOINT, 0, 0, 0, 0, 0, 0));
}

static void K17_no_slots(void)
{
    struct cap_info info;

    CHECK_OK(cap_identify(SLOT_CSPACE, &info));
    cptr_t beyond = (cptr_t)CPTR(info.bytes / SLOT_BYTES, 0);
    REFUSED_ANY(RAW_CAP(CAP_COPY, beyond, frame, CAP_RIGHTS_ALL));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, beyond, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE, 4));
    REFUSED_ANY(RAW_CAP(CAP_RETYPE, CPTR_L1 | (info.bytes / SLOT_BYTES - 1), ram, 16384, CAP_L2CNODE, 0, 2));
}

static void K18_interrupts_of_others(void)
{
    REFUSED_ANY(RAW_INVOKE(frame, IRQ_BIND, SLOT_ENDPOINT));
    REFUSED_ANY(RAW_INVOKE(ram, IRQ_ACK, 0));
    REFUSED_ANY(RAW_INVOKE(SLOT_ENDPOINT, IRQ_ACK, 0));
}

static void K20_registers_tell_nothing(void)
{
    static const uint64_t calls[] = {SYS_YIELD,
                                     SYS_OP(SYS_CAP, CAP_IDENTIFY),
                                     SYS_OP(SYS_CAP, CAP_DELETE),
                                     SYS_OP(SYS_INVOKE, DISP_READ),
                                     LMP_CALL(1, 0),
                                     77};

    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct raw raw = {.x = {[0] = calls[i] == calls[1] ? ram : spare, [8] = calls[i], [9] = SLOT_DISPATCHER}};
        raw_call(&raw);
        for (unsigned r = 0; r < 19; r++) {
            if (raw.x[r] >> 47) {
                test_fail(__FILE__, __LINE__, "x%u is %#llx after call %#llx", r, (unsigned long long)raw.x[r],
                          (unsigned long long)calls[i]);
            }
        }
    }
}

static void K20_identify_hides_addresses(void)
{
    struct cap_info info;

    CHECK_OK(cap_identify(ram, &info));
    EXPECT_EQ(info.base, 0);
    CHECK_OK(cap_identify(frame, &info));
    EXPECT_EQ(info.base, 0);
    CHECK_OK(cap_identify(SLOT_DISPATCHER, &info));
    EXPECT_EQ(info.base, 0);
    CHECK_OK(cap_identify(SLOT_NAMES, &info));
    EXPECT_EQ(info.badge, 0);
}

static void K21_kernel_operations_need_the_capability(void)
{
    static const cptr_t own[] = {SLOT_CSPACE,   SLOT_DISPATCHER, SLOT_FRAME, SLOT_VSPACE,
                                 SLOT_ENDPOINT, SLOT_MONITOR,    SLOT_INFO,  SLOT_RAM};

    REFUSED_ANY(RAW_INVOKE(SLOT_KERNEL, KERNEL_POWER, 0)); /* the slot that only init has filled */
    for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        for (uint64_t op = KERNEL_LOG_READ; op <= KERNEL_DUMP; op++) {
            if (own[i] != SLOT_DISPATCHER && own[i] != SLOT_VSPACE) {
                REFUSED_ANY(RAW_INVOKE(own[i], op, 1));
            }
        }
    }
}

static const struct test tests[] = {
    TEST(K1_unknown_system_call),
    TEST(K1_unknown_operation),
    TEST(K1_reserved_bits),
    TEST(K1_message_too_long),
    TEST(K2_null_cptr),
    TEST(K2_empty_slot),
    TEST(K2_first_level),
    TEST(K2_root_is_no_cnode),
    TEST(K2_path_through_a_frame),
    TEST(K3_wrong_type),
    TEST(K3_rights_only_shrink),
    TEST(K3_mint_raises_nothing),
    TEST(K4_overflow),
    TEST(K4_zero_and_outside),
    TEST(K5_misaligned),
    TEST(K6_occupied_destination),
    TEST(K6_no_partial_batch),
    TEST(K7_retype_over_a_descendant),
    TEST(K8_conflicting_types),
    TEST(K14_bad_capability_to_send),
    TEST(K15_dispatcher_arguments),
    TEST(K17_no_slots),
    TEST(K18_interrupts_of_others),
    TEST(K20_registers_tell_nothing),
    TEST(K20_identify_hides_addresses),
    TEST(K21_kernel_operations_need_the_capability),
};

int main(int argc, char **argv)
{
    if (ram_new(&ram, 65536) || slot_alloc(&frame) || slot_alloc(&spare) ||
        cap_retype(frame, ram, 0, CAP_FRAME, PAGE_SIZE, 1)) {
        printf("1..0\nBail out! no memory to test with\n");
        return 1;
    }
    return test_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
