/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads at the two ends of one UMP area, built with ThreadSanitizer: every message is checked, and every wait for one ends.
 * First they only poll, so that nothing but the ring orders what they do; then they sleep and wake each other: in a stream both ways,
 * in one direction, and in turns, where no other message makes up for a wake-up that was lost. At last they ask each other as client and
 * server do who have nothing else to do: what one sends is the answer to what it took (ump_ask()), however long it takes to come.
 *
 *     ump_race_test MESSAGES [PHASE]      in each phase and direction, or only that phase; exit code 1: a wrong message, 2: a wake-up was lost
 *
 * user/tests/host/test_ump.py builds and runs it, and its mutants.
 */
#include <messaging/ump.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOST_SECONDS 5
#define PAUSE 20000
#define LOOKS_MOST 20000000 /* longer than the other side is kept from a processor */

static const char *only; /* this phase, NULL: all */

struct side {
    struct ump ump;
    unsigned number; /* 0 or 1 */
    sem_t bell;      /* its own: others ring it */
    struct side *other;
    uint64_t sent, received, messages, sleeps, quick; /* quick: that ump_ask() found the answer to itself */
    uint32_t random;
    bool sleeping; /* this phase: sleep rather than only poll, */
    bool turns;    /* and send only what answers the other side */
};

static _Noreturn void fail(const struct side *side, int code, const char *what)
{
    fprintf(stderr, "ump_race_test: side %u, sent %llu, received %llu: %s\n", side->number,
            (unsigned long long)side->sent, (unsigned long long)side->received, what);
    _Exit(code);
}

static uint64_t word(unsigned from, uint64_t n, unsigned i)
{
    return (n * 8 + i) * 2 + from;
}

static void ring(struct side *side)
{
    if (side->sleeping) sem_post(&side->other->bell);
}

/* After sending. */
static void wake(struct side *side)
{
    if (ump_wanted(&side->ump.out)) ring(side);
}

static bool send_one(struct side *side)
{
    uint64_t w[UMP_WORDS], n = side->sent;
    unsigned words = n % (UMP_WORDS + 1);
    for (unsigned i = 0; i < words; i++)
        w[i] = word(side->number, n, i);
    err_t error = ump_send(&side->ump.out, w, words, (uint8_t)n);
    if (error == ERR_LMP_FULL) return false;
    if (error) fail(side, 1, "sending finds the other side broken");
    side->sent++;
    wake(side);
    return true;
}

static bool receive_one(struct side *side)
{
    uint64_t w[UMP_WORDS], n = side->received;
    uint8_t tag = 0;
    err_t error = ump_receive(&side->ump.in, w, &tag);
    if (error == ERR_AGAIN) {
        if (ump_room_made(&side->ump.in)) ring(side);
        return false;
    }
    if (error) fail(side, 1, "receiving finds the other side broken");
    if (tag != (uint8_t)n) fail(side, 1, "wrong tag");
    for (unsigned i = 0; i < n % (UMP_WORDS + 1); i++) {
        if (w[i] != word(!side->number, n, i)) fail(side, 1, "wrong word");
    }
    side->received++;
    return true;
}

static bool may_send(const struct side *side)
{
    return side->sent < side->messages && (!side->turns || side->sent < side->received + !side->number);
}

static void side_sleep(struct side *side)
{
    struct timespec until;
    bool sends = may_send(side), receives = side->received < side->other->messages;
    for (volatile uint32_t pause = side->random >> 16 & 127; pause; pause--) {
    }
    if (receives && !ump_sleep(&side->ump.in)) return;
    if (sends && !ump_room_wanted(&side->ump.out)) {
        ump_awake(&side->ump.in);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOST_SECONDS;
    while (sem_timedwait(&side->bell, &until)) {
        if (errno == ETIMEDOUT) fail(side, 2, "a wake-up was lost");
    }
    side->sleeps++;
    ump_awake(&side->ump.in);
}

static void *side_main(void *argument)
{
    struct side *side = argument;
    while (side->sent < side->messages || side->received < side->other->messages) {
        bool moved = false;
        side->random = side->random * 1664525 + 1013904223;
        for (unsigned burst = side->random >> 24 & 15; burst && may_send(side) && send_one(side); burst--)
            moved = true;
        while (side->received < side->other->messages && receive_one(side))
            moved = true;
        if (moved) continue;
        if (may_send(side) && send_one(side)) continue;
        if (side->sleeping)
            side_sleep(side);
        else
            sched_yield();
    }
    return NULL;
}

/* By other means than ump_ask(). */
static void await_one(struct side *side, uint64_t *w, uint8_t *tag)
{
    struct timespec until;
    for (;;) {
        err_t error = ump_receive(&side->ump.in, w, tag);
        if (!error) return;
        if (error != ERR_AGAIN) fail(side, 1, "receiving finds the other side broken");
        sched_yield();
        if (!side->sleeping || !ump_sleep(&side->ump.in)) continue;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += LOST_SECONDS;
        while (sem_timedwait(&side->bell, &until)) {
            if (errno == ETIMEDOUT) fail(side, 2, "a wake-up was lost");
        }
        side->sleeps++;
        ump_awake(&side->ump.in);
    }
}

/* There was no credit: ump_ask() looks for none. */
static void send_unsent(struct side *side, const uint64_t *w, unsigned words)
{
    err_t error = ump_send(&side->ump.out, w, words, (uint8_t)words);
    if (error) fail(side, 1, "there is no room for a message though all before were answered");
    wake(side);
}

static unsigned words_of(uint64_t n)
{
    return 1 + n % UMP_WORDS;
}

/* Message n is there: whole? */
static void check_one(const struct side *side, const uint64_t *w, unsigned tag)
{
    if (tag != words_of(side->received)) fail(side, 1, "wrong tag");
    for (unsigned i = 0; i < tag; i++) {
        if (w[i] != word(!side->number, side->received, i)) fail(side, 1, "wrong word");
    }
}

/* Side 1 begins by waiting, and its last message is answered by none. */
static void *asking_main(void *argument)
{
    struct side *side = argument;
    uint64_t w[UMP_WORDS] = {0};
    uint8_t tag = 0;
    if (side->number == 1) {
        await_one(side, w, &tag);
        check_one(side, w, tag);
        side->received++;
    }
    for (; side->sent < side->messages; side->received++) {
        unsigned words = words_of(side->sent);
        for (unsigned i = 0; i < words; i++)
            w[i] = word(side->number, side->sent, i);
        side->random = side->random * 1664525 + 1013904223;
        for (volatile uint32_t pause = side->random >> 16 & 15 ? 0 : PAUSE; pause;
             pause--) { /* the other side falls asleep */
        }
        uint32_t looks = side->random >> 26 ? side->random >> 20 & 255 : LOOKS_MOST;
        unsigned answer = ump_ask(&side->ump, w, words, w, looks);
        if (answer == UMP_UNSENT) send_unsent(side, w, words);
        if (answer == UMP_RING) ring(side);
        if (++side->sent == side->messages && side->number == 1) return NULL;
        tag = (uint8_t)answer;
        if (answer >= UMP_SENT)
            await_one(side, w, &tag);
        else
            side->quick++;
        check_one(side, w, tag);
    }
    return NULL;
}

static void phase(const char *name, uint32_t slots, uint64_t there, uint64_t back, bool sleeping, bool turns,
                  void *(*main)(void *))
{
    struct ump_area *area = aligned_alloc(UMP_LINE, UMP_AREA_BYTES(slots));
    struct side sides[2];
    pthread_t threads[2];
    if (only && strcmp(only, name)) {
        free(area);
        return;
    }
    if (!area) abort();
    memset(area, 0, UMP_AREA_BYTES(slots));
    for (unsigned i = 0; i < 2; i++) {
        sides[i] = (struct side){.number = i,
                                 .other = &sides[!i],
                                 .messages = i ? back : there,
                                 .random = slots + i,
                                 .sleeping = sleeping,
                                 .turns = turns};
        ump_init(&sides[i].ump, area, slots, i);
        sem_init(&sides[i].bell, 0, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, main, &sides[i])) abort();
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (main == asking_main && !sleeping && !sides[0].quick) fail(&sides[0], 1, "ump_ask() never found an answer");
    printf("ump_race_test: %u slots, %s: %llu messages, %llu sleeps\n", slots, name, (unsigned long long)(there + back),
           (unsigned long long)(sides[0].sleeps + sides[1].sleeps));
    free(area);
}

int main(int argc, char **argv)
{
    static const uint32_t slots[] = {4, 30, 257};
    uint64_t messages = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000;
    only = argc > 2 ? argv[2] : NULL;
    for (unsigned i = 0; i < sizeof slots / sizeof *slots; i++) {
        phase("polling", slots[i], messages, messages, false, false, side_main);
        phase("sleeping", slots[i], messages, messages, true, false, side_main);
    }
    phase("one way", 4, messages, 0, true, false, side_main);
    phase("in turns", 4, messages / 4, messages / 4, true, true, side_main);
    phase("asking", 5, messages / 16, messages / 16, false, true, asking_main);
    phase("asking, asleep", 5, messages / 16, messages / 16, true, true, asking_main);
    return 0;
}
