/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long work in bounded steps, in a thread of its own: zombies (CNodes and dispatchers that are being deleted), freed blocks on
 * their way back to mem, and revokes on behalf of clients. The kernel signals when there are zombies or freed blocks.
 *
 * init's priority is the highest, so whoever makes it work long would take the processor from everybody: after each batch of
 * steps for a client it sleeps as long as the batch took.
 */
#include "cores.h"
#include "monitor.h"
#include "post.h"
#include "remote_caps.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <threads/sync.h>
#include <threads/thread.h>

#include "leftovers.h"

#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)
#define JOBS 16
#define JOBS_EACH 4 /* of one client; proc has the last four for itself */
#define BATCH 16    /* steps, each of which deletes a few capabilities */
#define REAP_SLOTS 64

struct job {
    bool busy;
    const struct client *client;
    capref_t capref;
    cptr_t dispatcher;
    struct reply *reply;
};

static struct waitset waitset;
static struct signal signal;
static struct event jobs_event;
static struct mutex lock; /* of jobs */
static struct job jobs[JOBS];

static uint64_t ended; /* bytes that processes which are no more have left behind, as mem told last */

/* Takes what the kernel has freed, as many ranges a message as fit. true: there was something. */
static bool drain(void)
{
    static struct mem_range ranges[MEM_FREED_MAX];
    bool any = false;
    for (bool more = true; more;) {
        uint32_t count = 0;
        while (more && count < MEM_FREED_MAX && remote_caps_room()) {
            uint64_t a[7] = {0};
            more = kernel_invoke(SLOT_KERNEL, KERNEL_DRAIN, a) == ERR_OK && a[1] != 0;
            if (!more) break;
            if (cores_home(a[0]) == BOOTINFO->core)
                ranges[count++] = (struct mem_range){a[0], a[1]};
            else
                remote_caps_free(a[0], a[1]);
            more = a[2] != 0;
        }
        any |= count != 0;
        if (count == 0) break;
        mem_freed(mem_default(), ranges, count, &ended);
    }
    return any;
}

/* Reaps and drains until there is nothing left to. */
static void settle(void)
{
    bool more = true;
    while (more) {
        uint64_t a[7] = {REAP_SLOTS};
        more = kernel_invoke(SLOT_KERNEL, KERNEL_REAP, a) == ERR_AGAIN;
        more |= drain();
    }
}

static void kernel_signalled(struct event *event)
{
    (void)event;
    settle();
    remote_caps_note();
    leftovers_changed(ended);
}

void steps_drain(void)
{
    event_post(&waitset, &signal.event);
}

/* One batch of a job; true: it is done. */
static bool job_work(struct job *job)
{
    err_t err = ERR_AGAIN;
    ticks_t start = clock_ticks();
    for (unsigned i = 0; i < BATCH && err == ERR_AGAIN; i++) {
        uint64_t a[7] = {job->dispatcher, job->capref};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_REVOKE_STEP, a);
    }
    if (err == ERR_AGAIN) {
        ticks_t now = clock_ticks();
        thread_sleep_until(now + (now - start));
        return false;
    }
    /* Other cores have capabilities in its block, by now. */
    if (err == ERR_RETRY_THROUGH_MONITOR) {
        err = post_revoke(job->reply, job->capref, job->dispatcher);
        if (err == ERR_OK) return true;
    }
    cap_free(job->dispatcher);
    monitor_reply_revoke(job->reply, err);
    return true;
}

static void jobs_work(struct event *event)
{
    bool left = false;
    for (unsigned i = 0; i < JOBS; i++) {
        mutex_lock(&lock);
        bool busy = jobs[i].busy;
        mutex_unlock(&lock);
        if (!busy) continue;
        if (job_work(&jobs[i])) {
            mutex_lock(&lock);
            jobs[i].busy = false;
            mutex_unlock(&lock);
        } else {
            left = true;
        }
    }
    /* What was revoked comes back between the batches, too. */
    if (left) event_post(&waitset, event);
}

err_t steps_revoke(capref_t capref, cptr_t dispatcher, struct reply *reply)
{
    const struct client *client = reply_client(reply);
    struct job *free = NULL;
    unsigned own = 0, busy = 0;
    mutex_lock(&lock);
    for (unsigned i = 0; i < JOBS; i++) {
        busy += jobs[i].busy;
        if (!jobs[i].busy) free = &jobs[i];
        own += jobs[i].busy && jobs[i].client == client;
    }
    bool is_proc = client != NULL && client->pid == monitor_trusted();
    bool taken = free != NULL && (is_proc || (own < JOBS_EACH && busy < JOBS - JOBS_EACH));
    if (taken) *free = (struct job){true, client, capref, dispatcher, reply};
    mutex_unlock(&lock);
    if (taken) event_post(&waitset, &jobs_event);
    return taken ? ERR_OK : ERR_BUSY;
}

static int steps_main(void *argument)
{
    (void)argument;
    for (;;) {
        waitset_wait(&waitset, 0);
    }
    return 0;
}

err_t steps_start(void)
{
    waitset_init(&waitset);
    jobs_event = (struct event){.run = jobs_work};
    leftovers_init(&waitset, settle);
    err_t err = signal_open(&waitset, &signal, kernel_signalled, NULL);
    if (err != ERR_OK) return err;
    uint64_t a[7] = {signal.endpoint};
    err = kernel_invoke(SLOT_KERNEL, KERNEL_BIND, a);
    if (err != ERR_OK) return err;
    /* Something may have been freed before anybody listened. */
    event_post(&waitset, &signal.event);
    struct thread_options options = {.name = "steps", .detached = true, .pinned = true};
    return thread_create(NULL, steps_main, NULL, &options);
}
