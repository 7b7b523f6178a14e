/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on one core, straight on the system call: words, capabilities, badges, full rings, wake-ups, deadlines,
 * hang-ups. The receivers are dispatchers made by hand, so that every byte that the kernel leaves is visible.
 */
#include "support.h"
#include <arch/disable.h>
#include <threads/thread.h>
#include <threads/time.h>

#define RING_SLOTS 4
#define MANY 9 /* more than a dispatcher has places to wait */
#define RING 2

static struct mini box, other;

static err_t send(cptr_t endpoint, unsigned words, uint64_t flags, cptr_t cap, uint64_t first)
{
    struct raw raw = {.x = {[8] = LMP_CALL(words, flags), [9] = endpoint, [10] = cap}};

    for (unsigned i = 0; i < 8; i++) {
        raw.x[i] = first + i;
    }
    return raw_call(&raw);
}

static volatile struct lmp_slot *slot_of(struct mini *mini, unsigned n)
{
    return (volatile struct lmp_slot *)((char *)mini->frame + DISP_FRAME_RINGS) + n;
}

/* A mailbox with a ring of four slots, and an endpoint to it with that badge. */
static err_t mailbox(struct mini *mini, cptr_t receive, uint64_t badge, cptr_t *endpoint)
{
    err_t err = mini_new(mini, mini_block, 0);

    if (!err) {
        err = disp_ring(mini->dispatcher, RING, DISP_FRAME_RINGS, RING_SLOTS, receive);
    }
    return err ? err : cap_mint_new(endpoint, mini->endpoint, badge, MINT_RING(RING));
}

static void words_and_badge_arrive(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 0xfeedface12345678, &endpoint));
    for (unsigned words = 0; words <= 3; words++) {
        CHECK_OK(send(endpoint, words, 0, 0, 100 * words));
        volatile struct lmp_slot *slot = slot_of(&box, words);
        CHECK_EQ(box.frame->ring[RING].head, words + 1);
        EXPECT_EQ(slot->badge, 0xfeedface12345678);
        EXPECT_EQ(slot->words, words);
        EXPECT_EQ(slot->cap, 0);
        for (unsigned i = 0; i < words; i++) {
            EXPECT_EQ(slot->w[i], 100 * words + i);
        }
    }
    EXPECT_EQ(box.frame->pending, 1);
    box.frame->ring[RING].tail = 4;
    CHECK_OK(send(endpoint, 8, 0, 0, 7));
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(slot_of(&box, 0)->w[i], 7 + i);
    }
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void K14_full_ring(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    for (unsigned i = 0; i < RING_SLOTS; i++) {
        CHECK_OK(send(endpoint, 1, 0, 0, i));
    }
    REFUSED(send(endpoint, 1, 0, 0, 9), ERR_LMP_FULL);
    EXPECT_EQ(box.frame->ring[RING].head, RING_SLOTS);
    box.frame->ring[RING].tail = 1;
    CHECK_OK(send(endpoint, 1, 0, 0, 4));
    CHECK_ERR(send(endpoint, 1, 0, 0, 5), ERR_LMP_FULL);
    /* A lying consumer index harms nobody but its owner. */
    box.frame->ring[RING].tail = 0x80000000;
    send(endpoint, 1, 0, 0, 6);
    box.frame->ring[RING].tail = 0xffffffff;
    send(endpoint, 1, 0, 0, 6);
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void K14_no_ring(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    CHECK_OK(disp_ring(box.dispatcher, RING, 0, 0, 0));
    REFUSED_ANY(send(endpoint, 1, 0, 0, 1));
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void K14_dead_endpoint(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    CHECK_OK(disp_stop(box.dispatcher, 3));
    REFUSED(send(endpoint, 1, 0, 0, 1), ERR_ENDPOINT_DEAD);
    REFUSED(send(endpoint, 1, LMP_WAKE, 0, 1), ERR_ENDPOINT_DEAD);
    mini_free(&box);
    CHECK_ERR(send(endpoint, 1, 0, 0, 1), ERR_ENDPOINT_DEAD);
    CHECK_OK(cap_free(endpoint));
}

static void K14_receive_slot_occupied(void)
{
    cptr_t endpoint, receive, ram;
    struct cap_info info;

    CHECK_OK(slot_alloc_run(RING_SLOTS, &receive));
    CHECK_OK(mailbox(&box, receive, 1, &endpoint));
    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_copy(receive + 1, ram));
    CHECK_OK(send(endpoint, 1, 0, ram, 1));
    EXPECT_EQ(slot_of(&box, 0)->cap, receive);
    CHECK_OK(cap_identify(receive, &info));
    EXPECT_EQ(info.type, CAP_RAM);
    REFUSED(send(endpoint, 1, 0, ram, 2), ERR_LMP_SLOT);
    CHECK_OK(send(endpoint, 1, 0, 0, 2)); /* a message without a capability does not mind */
    CHECK_OK(cap_delete(receive));
    CHECK_OK(cap_delete(receive + 1));
    CHECK_OK(cap_free(ram));
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
    slot_free_run(receive, RING_SLOTS);
}

static void K14_ring_takes_no_capabilities(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    REFUSED(send(endpoint, 1, 0, SLOT_RAM, 1), ERR_LMP_SLOT);
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void K3_unsendable_capabilities(void)
{
    cptr_t endpoint, receive, ram, table;

    CHECK_OK(slot_alloc_run(RING_SLOTS, &receive));
    CHECK_OK(mailbox(&box, receive, 1, &endpoint));
    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_retype_new(&table, ram, 0, CAP_VNODE3, 0));
    REFUSED(send(endpoint, 1, 0, table, 1), ERR_COPY);
    CHECK_OK(cap_free(table));
    CHECK_OK(cap_free(ram));
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
    slot_free_run(receive, RING_SLOTS);
}

static void message_upcall_in_registers(void)
{
    cptr_t endpoint;
    struct disp_values state;

    CHECK_OK(mailbox(&box, 0, 77, &endpoint));
    CHECK_OK(disp_resume(box.dispatcher));
    CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
    for (unsigned words = 8; words > 0; words -= 3) {
        uint64_t before = MINI_NOTES(&box)->messages;
        CHECK_OK(send(endpoint, words, 0, 0, 1000 + words));
        CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
        EXPECT_EQ(MINI_NOTES(&box)->messages, before + 1);
        for (unsigned i = 0; i < 8; i++) {
            /* K20: words that were not sent hold nothing of the sender's */
            EXPECT_EQ(MINI_NOTES(&box)->x[i], i < words ? 1000 + words + i : 0);
        }
        EXPECT_EQ(MINI_NOTES(&box)->x[8], 77);
        EXPECT_EQ(MINI_NOTES(&box)->x[9], words | RING << 8);
        EXPECT_EQ(MINI_NOTES(&box)->x[10], 0);
        if (words < 3) {
            break;
        }
    }
    EXPECT_EQ(box.frame->ring[RING].head, 0);
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void K20_words_not_sent_are_zero(void)
{
    cptr_t endpoint;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    CHECK_OK(send(endpoint, 2, 0, 0, 0x5ec4e7));
    for (unsigned i = 2; i < 8; i++) {
        EXPECT_EQ(slot_of(&box, 0)->w[i], 0);
    }
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

static void wake_when_room(void)
{
    cptr_t endpoint;
    struct disp_values state;

    /* This process waits for room in the mailbox of a dispatcher that then makes some. */
    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    for (unsigned i = 0; i < RING_SLOTS; i++) {
        CHECK_OK(send(endpoint, 1, 0, 0, i));
    }
    for (unsigned i = 0; i < 3; i++) {
        CHECK_ERR(send(endpoint, 1, LMP_WAKE, 0, 9), ERR_LMP_FULL); /* to ask again is harmless */
    }
    box.frame->ring[RING].tail = RING_SLOTS;
    CHECK_OK(disp_resume(box.dispatcher)); /* it runs, blocks, and so makes room */
    CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
    CHECK_OK(send(endpoint, 1, 0, 0, 9));
    CHECK_OK(cap_free(endpoint));
    mini_free(&box);
}

/* Somebody who outranks the receiver waits for room that does not come: it sleeps, and the receiver runs. */
static void waiter_outranks_receiver(void)
{
    cptr_t endpoint;
    struct disp_values state;

    CHECK_OK(mailbox(&box, 0, 1, &endpoint));
    for (unsigned i = 0; i < RING_SLOTS; i++) {
        CHECK_OK(send(endpoint, 1, 0, 0, i));
    }
    box.frame->disabled_save.pc = (uint64_t)mini_spin;
    CHECK_OK(disp_priority(box.dispatcher, 7));
    CHECK_OK(mini_new(&other, mini_send, 0));
    other.frame->entry_run = (uint64_t)mini_send;
    MINI_NOTES(&other)->x[0] = endpoint;
    CHECK_OK(disp_resume(box.dispatcher));
    CHECK_OK(disp_resume(other.dispatcher));
    CHECK(mini_wait(&other, DISP_STATE_BLOCKED, &state));
    CHECK_EQ(MINI_NOTES(&other)->error, ERR_LMP_FULL);

    /* The receiver uses several slices up, and comes through the kernel at the end of each. */
    CHECK_OK(disp_read(box.dispatcher, DISP_READ_USAGE, 0, &state));
    uint64_t before = state.v[0];
    for (unsigned i = 0; i < 2000 && us_from_ticks(state.v[0] - before) < 5 * CONFIG_TIMESLICE_US; i++) {
        thread_sleep_ms(1);
        CHECK_OK(disp_read(box.dispatcher, DISP_READ_USAGE, 0, &state));
    }
    EXPECT(us_from_ticks(state.v[0] - before) >= 5 * CONFIG_TIMESLICE_US);
    EXPECT_EQ(MINI_NOTES(&other)->runs, 1);

    box.frame->ring[RING].tail = RING_SLOTS;
    for (unsigned i = 0; i < 2000 && MINI_NOTES(&other)->error != ERR_OK; i++) {
        thread_sleep_ms(1);
    }
    EXPECT_EQ(MINI_NOTES(&other)->runs, 2);
    EXPECT_EQ(box.frame->ring[RING].head, RING_SLOTS + 1);
    CHECK_OK(cap_free(endpoint));
    mini_free(&other);
    mini_free(&box);
}

/* How often this process has been given the processor. */
static uint64_t own_dispatches(void)
{
    struct disp_values state;
    return disp_read(SLOT_DISPATCHER, DISP_READ_USAGE, 0, &state) ? 0 : state.v[1];
}

/* More receivers without room than a dispatcher has places to wait at: it is not told at once to try again, but when one has made room. */
static void U3_more_full_receivers_than_places(void)
{
    static struct mini boxes[MANY];
    cptr_t endpoints[MANY];
    volatile struct dispatcher_frame *own = (struct dispatcher_frame *)VADDR_FRAME;

    for (unsigned i = 0; i < MANY; i++) {
        CHECK_OK(mailbox(&boxes[i], 0, 1, &endpoints[i]));
        for (unsigned k = 0; k < RING_SLOTS; k++) {
            CHECK_OK(send(endpoints[i], 1, 0, 0, k));
        }
    }
    dispatcher_disable();
    bool told = false;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            own->pending = 0;
            send(endpoints[i], 1, LMP_WAKE, 0, 9);
            told |= own->pending != 0;
        }
    }
    dispatcher_enable();
    EXPECT(!told);
    for (unsigned i = MANY; i-- > 0;) {
        uint64_t before = own_dispatches();
        thread_sleep_ms(20);
        uint64_t quiet = own_dispatches() - before;
        boxes[i].frame->ring[RING].tail = RING_SLOTS;
        CHECK_OK(disp_resume(boxes[i].dispatcher)); /* it runs, blocks, and so makes room */
        before = own_dispatches();
        thread_sleep_ms(20);
        if (i == MANY - 1) EXPECT(own_dispatches() - before > quiet);
        CHECK_OK(send(endpoints[i], 1, 0, 0, 9));
    }
    for (unsigned i = 0; i < MANY; i++) {
        CHECK_OK(cap_free(endpoints[i]));
        mini_free(&boxes[i]);
    }
}

static void waiter_dies_first(void)
{
    cptr_t endpoint;

    for (unsigned round = 0; round < 3; round++) {
        CHECK_OK(mailbox(&box, 0, 1, &endpoint));
        for (unsigned i = 0; i < RING_SLOTS; i++) {
            CHECK_OK(send(endpoint, 1, 0, 0, i));
        }
        CHECK_ERR(send(endpoint, 1, LMP_WAKE, 0, 9), ERR_LMP_FULL);
        mini_free(&box); /* the receiver goes with somebody waiting for it */
        CHECK_OK(cap_free(endpoint));
    }
}

static void deadline_wakes(void)
{
    struct disp_values state;
    ticks_t start;

    CHECK_OK(mini_new(&box, mini_block, 0));
    start = clock_ticks();
    MINI_NOTES(&box)->deadline = start + ticks_from_us(20000);
    CHECK_OK(disp_resume(box.dispatcher));
    for (unsigned i = 0; i < 2000 && !MINI_NOTES(&box)->runs; i++) {
        thread_sleep_ms(1);
    }
    EXPECT_EQ(MINI_NOTES(&box)->runs, 1);
    EXPECT(us_from_ticks(clock_ticks() - start) >= 20000);
    CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
    mini_free(&box);
}

static void hang_up_is_signalled(void)
{
    cptr_t endpoint, copy;

    CHECK_OK(mini_new(&box, mini_block, 0));
    CHECK_OK(cap_mint_new(&endpoint, box.endpoint, 0x1000 | 130, MINT_HANGUP));
    CHECK_OK(cap_copy_new(&copy, endpoint));
    CHECK_OK(cap_free(endpoint));
    EXPECT_EQ(box.frame->signals[2], 0); /* a copy is left */
    CHECK_OK(cap_free(copy));
    EXPECT_EQ(box.frame->signals[2], 1ull << 2);
    EXPECT_EQ(box.frame->signal_summary, 1ull << 2);
    EXPECT_EQ(box.frame->pending, 1);
    mini_free(&box);
}

static void without_hang_up_nothing(void)
{
    cptr_t endpoint;

    CHECK_OK(mini_new(&box, mini_block, 0));
    CHECK_OK(cap_mint_new(&endpoint, box.endpoint, 130, 0));
    CHECK_OK(cap_free(endpoint));
    EXPECT_EQ(box.frame->signal_summary, 0);
    mini_free(&box);
}

static void K19_upcall_to_nowhere(void)
{
    struct disp_values state;

    /* Entry points in kernel space, unaligned, non-canonical: the process ends, nothing else. */
    static const uint64_t entries[] = {0, 4, ~0ull, 0xffff000000080000, 0x8000000000000000, 0x400001};
    for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        CHECK_OK(mini_new(&box, mini_block, 0));
        box.frame->entry_run = entries[i];
        box.frame->entry_fault = entries[i];
        box.frame->entry_disabled_fault = entries[i];
        box.frame->disabled_save.pc = entries[i];
        CHECK_OK(disp_resume(box.dispatcher));
        CHECK(mini_wait(&box, DISP_STATE_STOPPED, &state));
        EXPECT_EQ(state.v[1], EXIT_DOUBLE);
        mini_free(&box);
    }
}

static void K15_saved_state_is_sanitised(void)
{
    struct disp_values state;

    /* EL1, all exceptions masked, AArch32, illegal: it must run at EL0 with interrupts on, or not at all. */
    static const uint64_t states[] = {0x3c5, 0x3c4, 0x3c9, 0x10, 0x1f, 0xf0000000, 1ull << 20, ~0ull};
    for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        CHECK_OK(mini_new(&box, mini_spin, 0));
        box.frame->disabled_save.pstate = states[i];
        CHECK_OK(disp_resume(box.dispatcher));
        thread_sleep_ms(15); /* were interrupts off, we would not come back */
        CHECK_OK(disp_read(box.dispatcher, DISP_READ_STATE, 0, &state));
        if (state.v[0] != DISP_STATE_STOPPED) {
            CHECK_OK(disp_pause(box.dispatcher));
            struct disp_values regs;
            CHECK_OK(disp_read(box.dispatcher, DISP_READ_REGS, 31, &regs));
            EXPECT_EQ(regs.v[2] & 0xfff, regs.v[2] & 0); /* EL0, AArch64, nothing masked */
        }
        mini_free(&box);
    }
}

static void K19_fault_while_disabled(void)
{
    struct disp_values state;

    CHECK_OK(mini_new(&box, mini_store, (void *)8));
    box.frame->entry_disabled_fault = (uint64_t)mini_on_fault;
    CHECK_OK(disp_resume(box.dispatcher));
    CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
    EXPECT_EQ(MINI_NOTES(&box)->faults, 1);
    EXPECT_EQ(MINI_NOTES(&box)->fault_address, 8);
    EXPECT_EQ(MINI_NOTES(&box)->fault_esr >> 26, 0x24); /* data abort from EL0 */
    EXPECT_EQ(box.frame->trap.pc, (uint64_t)mini_store);
    EXPECT_EQ(MINI_NOTES(&box)->error, 0);
    mini_free(&box);
}

static void K20_registers_of_a_new_dispatcher(void)
{
    struct disp_values state;
    volatile double use = 3.25;

    use *= 2; /* so that FP registers of this process hold something */
    CHECK_OK(mini_new(&box, mini_read_fp, 0));
    CHECK_OK(disp_resume(box.dispatcher));
    CHECK(mini_wait(&box, DISP_STATE_BLOCKED, &state));
    EXPECT_EQ(MINI_NOTES(&box)->error, 0);
    mini_free(&box);
}

static void pause_and_resume(void)
{
    struct disp_values first, second;

    CHECK_OK(mini_new(&box, mini_spin, 0));
    CHECK_OK(disp_resume(box.dispatcher));
    thread_sleep_ms(5);
    CHECK_OK(disp_pause(box.dispatcher));
    CHECK_OK(disp_read(box.dispatcher, DISP_READ_USAGE, 0, &first));
    thread_sleep_ms(30);
    CHECK_OK(disp_read(box.dispatcher, DISP_READ_USAGE, 0, &second));
    EXPECT_EQ(second.v[0], first.v[0]);
    CHECK_OK(disp_resume(box.dispatcher));
    thread_sleep_ms(30);
    CHECK_OK(disp_read(box.dispatcher, DISP_READ_USAGE, 0, &second));
    EXPECT(second.v[1] > first.v[1]);
    CHECK_OK(disp_stop(box.dispatcher, 12));
    CHECK_OK(disp_read(box.dispatcher, DISP_READ_STATE, 0, &second));
    EXPECT_EQ(second.v[0], DISP_STATE_STOPPED);
    EXPECT_EQ(second.v[1], EXIT_KILLED);
    EXPECT_EQ(second.v[2], 12);
    REFUSED(disp_resume(box.dispatcher), ERR_DISPATCHER_STATE);
    mini_free(&box);
}

static void K15_lost_parts_stop_it(void)
{
    struct disp_values state;

    CHECK_OK(mini_new(&box, mini_spin, 0));
    CHECK_OK(mini_new(&other, mini_block, 0));
    CHECK_OK(disp_configure(box.dispatcher, 0, 0, 0, other.endpoint));
    CHECK_OK(disp_resume(box.dispatcher));
    thread_sleep_ms(2);
    CHECK_OK(cap_revoke(box.ram)); /* dispatcher, frame, endpoint: everything that it is made of */
    CHECK_ERR(disp_read(box.dispatcher, DISP_READ_STATE, 0, &state), ERR_L2_LOOKUP);
    EXPECT_EQ(other.frame->signal_summary, 1); /* its supervisor knows */
    slot_free(box.dispatcher);
    slot_free(box.endpoint);
    slot_free(box.frame_cap);
    box.dispatcher = box.endpoint = box.frame_cap = 0;
    mini_free(&box);
    mini_free(&other);
}

static const struct test tests[] = {
    TEST(words_and_badge_arrive),
    TEST(K14_full_ring),
    TEST(K14_no_ring),
    TEST(K14_dead_endpoint),
    TEST(K14_receive_slot_occupied),
    TEST(K14_ring_takes_no_capabilities),
    TEST(K3_unsendable_capabilities),
    TEST(message_upcall_in_registers),
    TEST(K20_words_not_sent_are_zero),
    TEST(wake_when_room),
    TEST(U3_more_full_receivers_than_places),
    TEST(waiter_outranks_receiver),
    TEST(waiter_dies_first),
    TEST(deadline_wakes),
    TEST(hang_up_is_signalled),
    TEST(without_hang_up_nothing),
    TEST(K19_upcall_to_nowhere),
    TEST(K15_saved_state_is_sanitised),
    TEST(K19_fault_while_disabled),
    TEST(K20_registers_of_a_new_dispatcher),
    TEST(pause_and_resume),
    TEST(K15_lost_parts_stop_it),
};
TEST_MAIN(tests)
