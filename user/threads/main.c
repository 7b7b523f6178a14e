/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of one process, with everything they synchronise by: a mutex around a sum, a bounded buffer on semaphores, a barrier
 * on a condition, thread-local storage, floating point that no other thread disturbs.
 */
#include <caps/caps.h>
#include <cli/cli.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define THREADS_MAX 64
#define ROUNDS 1000
#define BUFFER 8

static unsigned threads;
static struct mutex sum_lock, barrier_lock, buffer_lock;
static struct cond barrier_open;
static struct semaphore buffer_free = SEMAPHORE_INIT(BUFFER), buffer_full;
static unsigned arrived;
static uint64_t sum, consumed;
static uint64_t buffer[BUFFER];
static unsigned buffer_in, buffer_out;
static _Thread_local uint64_t own;

/* Nobody leaves before everybody has come. */
static void barrier(void)
{
    mutex_lock(&barrier_lock);
    arrived++;
    if (arrived == threads) {
        cond_broadcast(&barrier_open);
    }
    while (arrived < threads) {
        cond_wait(&barrier_open, &barrier_lock);
    }
    mutex_unlock(&barrier_lock);
}

static void produce(uint64_t value)
{
    semaphore_wait(&buffer_free);
    mutex_lock(&buffer_lock);
    buffer[buffer_in++ % BUFFER] = value;
    mutex_unlock(&buffer_lock);
    semaphore_post(&buffer_full);
}

static int consumer(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < threads * ROUNDS; i++) {
        semaphore_wait(&buffer_full);
        mutex_lock(&buffer_lock);
        consumed += buffer[buffer_out++ % BUFFER];
        mutex_unlock(&buffer_lock);
        semaphore_post(&buffer_free);
    }
    return 0;
}

static int worker(void *argument)
{
    uint64_t number = (uint64_t)(uintptr_t)argument;
    double half = 0;
    barrier();
    for (unsigned i = 0; i < ROUNDS; i++) {
        mutex_lock(&sum_lock);
        uint64_t before = sum;
        if (i % 64 == 0) {
            thread_yield(); /* a lost update shows */
        }
        sum = before + number;
        mutex_unlock(&sum_lock);
        own += number;
        half += (double)number / 2;
        produce(number);
    }
    return own == number * ROUNDS && half * 2 == (double)own ? 0 : 1;
}

static const struct cli cli = {
    "threads", "[COUNT]",
    "  Run COUNT threads (8) that share a mutex, a condition and semaphores, and check the result.\n"};

int main(int argc, char *argv[])
{
    struct thread *thread[THREADS_MAX], *last;
    cli_begin(&cli, argc, argv);
    threads = argc > 1 ? (unsigned)cli_number(&cli, "COUNT", argv[1], THREADS_MAX) : 8;
    if (argc > 2 || threads == 0) {
        cli_refuse(&cli, "one number from 1 to %d", THREADS_MAX);
    }
    err_t error = thread_create(&last, consumer, NULL, NULL);
    for (unsigned i = 0; error == ERR_OK && i < threads; i++) {
        error = thread_create(&thread[i], worker, (void *)(uintptr_t)(i + 1), NULL);
    }
    if (error != ERR_OK) {
        fprintf(stderr, "threads: cannot start a thread: %s\n", err_text(error));
        return 1;
    }
    int bad = 0;
    for (unsigned i = 0; i < threads; i++) {
        int code;
        thread_join(thread[i], &code);
        bad += code != 0;
    }
    thread_join(last, NULL);
    uint64_t expected = (uint64_t)threads * (threads + 1) / 2 * ROUNDS;
    printf("%u threads, %d rounds: sum %llu, consumed %llu, expected %llu\n", threads, ROUNDS, (unsigned long long)sum,
           (unsigned long long)consumed, (unsigned long long)expected);
    if (sum != expected || consumed != expected || bad != 0) {
        fprintf(stderr, "threads: wrong result\n");
        return 1;
    }
    return 0;
}
