/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of one process: mutual exclusion under preemption, conditions, semaphores, thread-local storage, FP state,
 * sleeping, timeouts, errors. Counts are low enough for a minute under emulation.
 */
#include <abi/errors.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <test/test.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>

#define THREADS 8

static struct mutex mutex;
static struct cond cond;
static struct semaphore semaphore;
static volatile unsigned counter;
static _Thread_local int local = 17;

static unsigned rounds(void)
{
    return test_quick() ? 300 : 5000;
}

static int add_slowly(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < rounds(); i++) {
        mutex_lock(&mutex);
        unsigned seen = counter;
        if (i % 16 == 0) {
            thread_yield(); /* while it holds the mutex */
        }
        counter = seen + 1;
        mutex_unlock(&mutex);
    }
    return 3;
}

static void mutex_excludes(void)
{
    struct thread *threads[THREADS];
    int code;

    mutex_init(&mutex);
    counter = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_create(&threads[i], add_slowly, NULL, NULL));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_join(threads[i], &code));
        EXPECT_EQ(code, 3);
    }
    EXPECT_EQ(counter, THREADS * rounds());
    EXPECT(!mutex_held(&mutex));
}

static void mutex_is_recursive(void)
{
    mutex_init(&mutex);
    EXPECT(mutex_trylock(&mutex));
    EXPECT(mutex_held(&mutex));
    mutex_unlock(&mutex);
    mutex_init_recursive(&mutex);
    mutex_lock(&mutex);
    mutex_lock(&mutex);
    mutex_unlock(&mutex);
    EXPECT(mutex_held(&mutex));
    mutex_unlock(&mutex);
    EXPECT(!mutex_held(&mutex));
}

static int hold_for_a_while(void *argument)
{
    mutex_lock(&mutex);
    semaphore_post(&semaphore);
    thread_sleep_ms((uint64_t)(uintptr_t)argument);
    mutex_unlock(&mutex);
    return 0;
}

static void mutex_deadline(void)
{
    struct thread *holder;

    mutex_init(&mutex);
    semaphore_init(&semaphore, 0);
    CHECK_OK(thread_create(&holder, hold_for_a_while, (void *)60, NULL));
    semaphore_wait(&semaphore);
    CHECK_ERR(mutex_lock_until(&mutex, deadline_after_ms(10)), ERR_TIMEOUT);
    CHECK_OK(mutex_lock_until(&mutex, deadline_after_ms(5000)));
    mutex_unlock(&mutex);
    CHECK_OK(thread_join(holder, NULL));
}

static int wait_for_turn(void *argument)
{
    unsigned mine = (unsigned)(uintptr_t)argument;

    mutex_lock(&mutex);
    for (unsigned i = 0; i < rounds() / 10; i++) {
        while (counter % THREADS != mine) {
            cond_wait(&cond, &mutex);
        }
        counter++;
        cond_broadcast(&cond);
    }
    mutex_unlock(&mutex);
    return 0;
}

static void conditions_take_turns(void)
{
    struct thread *threads[THREADS];

    mutex_init(&mutex);
    cond_init(&cond);
    counter = 0;
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK_OK(thread_create(&threads[i], wait_for_turn, (void *)i, NULL));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_join(threads[i], NULL));
    }
    EXPECT_EQ(counter, THREADS * (rounds() / 10));
}

static void waiting_times_out(void)
{
    ticks_t start = clock_ticks();

    mutex_init(&mutex);
    cond_init(&cond);
    semaphore_init(&semaphore, 1);
    mutex_lock(&mutex);
    CHECK_ERR(cond_wait_until(&cond, &mutex, deadline_after_ms(15)), ERR_TIMEOUT);
    EXPECT(mutex_held(&mutex));
    mutex_unlock(&mutex);
    EXPECT(semaphore_trywait(&semaphore));
    EXPECT(!semaphore_trywait(&semaphore));
    CHECK_ERR(semaphore_wait_until(&semaphore, deadline_after_ms(15)), ERR_TIMEOUT);
    EXPECT(us_from_ticks(clock_ticks() - start) >= 30000);
}

static int produce(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < rounds(); i++) {
        semaphore_post(&semaphore);
        if (i % 64 == 0) {
            thread_yield();
        }
    }
    return 0;
}

static void semaphore_counts(void)
{
    struct thread *producer;

    semaphore_init(&semaphore, 0);
    CHECK_OK(thread_create(&producer, produce, NULL, NULL));
    for (unsigned i = 0; i < rounds(); i++) {
        semaphore_wait(&semaphore);
    }
    EXPECT(!semaphore_trywait(&semaphore));
    CHECK_OK(thread_join(producer, NULL));
}

static int use_local(void *argument)
{
    int wrong = local != 17;

    for (unsigned i = 0; i < 200; i++) {
        local = (int)(uintptr_t)argument;
        errno = local;
        thread_yield();
        wrong += local != (int)(uintptr_t)argument || errno != local;
    }
    return wrong;
}

static void thread_local_storage(void)
{
    struct thread *threads[THREADS];
    int wrong;

    local = 5;
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK_OK(thread_create(&threads[i], use_local, (void *)(100 + i), NULL));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_join(threads[i], &wrong));
        EXPECT_EQ(wrong, 0);
    }
    EXPECT_EQ(local, 5);
    local = 17;
}

/* The same sum of a series everywhere, whoever is in between; preempted (not only yielding), so that all FP registers count. */
static double series(unsigned n, bool yields)
{
    double sum = 0, factor = 1.0;

    for (unsigned i = 1; i < n; i++) {
        factor *= 0.99999;
        sum += factor / i;
        if (yields && i % 500 == 0) {
            thread_yield();
        }
    }
    return sum;
}

static int compute(void *argument)
{
    unsigned n = test_quick() ? 20000 : 400000;
    double expected = *(double *)argument;

    return series(n, true) != expected || series(n, false) != expected;
}

static void fp_state_is_kept(void)
{
    struct thread *threads[THREADS];
    double expected = series(test_quick() ? 20000 : 400000, false);
    int wrong;

    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_create(&threads[i], compute, &expected, NULL));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_join(threads[i], &wrong));
        EXPECT_EQ(wrong, 0);
    }
}

static int return_argument(void *argument)
{
    return (int)(uintptr_t)argument;
}

static int exit_early(void *argument)
{
    thread_exit((int)(uintptr_t)argument);
}

static void many_threads(void)
{
    unsigned before = thread_count();
    int code;

    for (uintptr_t i = 0; i < (test_quick() ? 50 : 1000); i++) {
        struct thread *thread;
        CHECK_OK(thread_create(&thread, i % 2 ? return_argument : exit_early, (void *)i, NULL));
        CHECK_OK(thread_join(thread, &code));
        CHECK_EQ(code, i);
    }
    EXPECT_EQ(thread_count(), before);
}

static int sleep_in_order(void *argument)
{
    uintptr_t mine = (uintptr_t)argument;

    thread_sleep_ms(10 + mine * 15);
    return (int)counter++;
}

static void sleepers_wake_in_order(void)
{
    struct thread *threads[THREADS];
    int code;

    counter = 0;
    for (uintptr_t i = 0; i < THREADS; i++) {
        CHECK_OK(thread_create(&threads[i], sleep_in_order, (void *)i, NULL));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_OK(thread_join(threads[i], &code));
        EXPECT_EQ(code, i);
    }
}

static int spin_until_told(void *argument)
{
    while (!*(volatile unsigned *)argument) {
    }
    return 0;
}

static void spinning_threads_are_preempted(void)
{
    static volatile unsigned told;
    struct thread *threads[2];

    told = 0;
    CHECK_OK(thread_create(&threads[0], spin_until_told, (void *)&told, NULL));
    CHECK_OK(thread_create(&threads[1], spin_until_told, (void *)&told, NULL));
    thread_sleep_ms(20); /* we come back although both spin */
    told = 1;
    CHECK_OK(thread_join(threads[0], NULL));
    CHECK_OK(thread_join(threads[1], NULL));
}

static void detached_threads_go(void)
{
    unsigned before = thread_count();
    struct thread_options options = {.detached = true, .name = "detached"};

    for (unsigned i = 0; i < 20; i++) {
        struct thread *thread;
        CHECK_OK(thread_create(&thread, return_argument, NULL, &options));
    }
    for (unsigned i = 0; i < 200 && thread_count() > before; i++) {
        thread_sleep_ms(1);
    }
    EXPECT_EQ(thread_count(), before);
}

static const struct test tests[] = {
    TEST(mutex_excludes),
    TEST(mutex_is_recursive),
    TEST(mutex_deadline),
    TEST(conditions_take_turns),
    TEST(waiting_times_out),
    TEST(semaphore_counts),
    TEST(thread_local_storage),
    TEST(fp_state_is_kept),
    TEST(many_threads),
    TEST(sleepers_wake_in_order),
    TEST(spinning_threads_are_preempted),
    TEST(detached_threads_go),
};
TEST_MAIN(tests)
