/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names on all cores. On each core one thread ("changes") takes its names' changes, one by one, and one ("relay") does what other
 * monitors send. A change goes to core 0, whose relay decides, tells all others, waits until they have told their names, and
 * answers: so all changes are in one order everywhere, and a change that is answered is known everywhere.
 *
 * Waiting is in one direction only: `changes` waits for core 0's relay, that one for the others' relays, these for nobody but the names
 * of their core, which calls nobody.
 */
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include "names_relay.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)

enum what {
    CLAIM,  /* to core 0: make this change everywhere */
    RESULT, /* and what came of it */
    UPDATE, /* from core 0: it has been made */
    KNOWN,  /* my names knows it */
    JOINED, /* in core 0 only: a core has come up, tell it everything */
    LOST    /* a core answers no more: its names end */
};

/* As it travels. */
struct note {
    uint64_t what;
    uint64_t from;
    uint64_t add;
    uint64_t pid;
    uint64_t result;
    char name[NAMES_NAME_MAX + 1];
    char properties[NAMES_PROPERTIES_MAX + 1];
};
#define NOTE_WORDS (sizeof(struct note) / sizeof(uint64_t))
_Static_assert(NOTE_WORDS <= LINK_WORDS, "a note does not fit");

struct job {
    struct job *next;
    struct note note;
};

static struct mutex lock; /* of all below */
static struct cond wake;
static struct job *first, *last; /* for the relay, in the order in which they came */
static unsigned unknown;         /* changes that cores have not said KNOWN to, */
static unsigned unknown_of[CORES_MAX];
static bool answered; /* our claim: */
static err_t answer;
static bool running;
static bool linked; /* with core 0: before, a claim would have nowhere to go, and names would take it for refused */
static void (*change_known)(void);

static void job_add(const struct note *note)
{
    struct job *job = malloc(sizeof(*job));
    if (job == NULL) {
        log_line("monitor: no memory for the name '%s' of another core", note->name);
        return;
    }
    *job = (struct job){NULL, *note};
    mutex_lock(&lock);
    if (last != NULL) {
        last->next = job;
    } else {
        first = job;
    }
    last = job;
    cond_broadcast(&wake);
    mutex_unlock(&lock);
}

static void claim_answered(err_t result)
{
    mutex_lock(&lock);
    answer = result;
    answered = true;
    cond_broadcast(&wake);
    mutex_unlock(&lock);
}

static void told(coreid_t core)
{
    mutex_lock(&lock);
    unknown++;
    unknown_of[core]++;
    mutex_unlock(&lock);
}

/* Core `core` knows so many changes more, or will never say so. */
static void known_by(coreid_t core, unsigned count)
{
    mutex_lock(&lock);
    if (count > unknown_of[core]) count = unknown_of[core];
    unknown_of[core] -= count;
    unknown -= count;
    cond_broadcast(&wake);
    mutex_unlock(&lock);
}

static void note_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct note note;
    if (words < NOTE_WORDS) return;
    memcpy(&note, w, sizeof(note));
    note.name[NAMES_NAME_MAX] = 0;
    note.properties[NAMES_PROPERTIES_MAX] = 0;
    note.from = from;
    if (note.what == RESULT) {
        claim_answered((err_t)note.result);
    } else if (note.what == KNOWN) {
        known_by(from, 1);
    } else if (note.what == CLAIM || note.what == UPDATE) {
        job_add(&note);
    }
}

static err_t note_send(coreid_t to, struct note note, enum what what)
{
    uint64_t w[NOTE_WORDS];
    note.what = what;
    memcpy(w, &note, sizeof(w));
    return link_send(to, LINK_NAMES, w, NOTE_WORDS);
}

/* Core 0: everybody but `except` learns of it before this returns. */
static void tell_others(const struct note *note)
{
    for (coreid_t core = 1; core < CORES_MAX; core++) {
        if (core == note->from || !link_is_open(core)) continue;
        told(core);
        if (note_send(core, *note, UPDATE) != ERR_OK) known_by(core, 1);
    }
    mutex_lock(&lock);
    while (unknown > 0) {
        cond_wait(&wake, &lock);
    }
    mutex_unlock(&lock);
}

static err_t own_names_tell(const struct note *note)
{
    return names_remote(names_default(), note->add != 0, note->pid, note->name, note->properties);
}

static void claim_decide(const struct note *note)
{
    struct note result = *note;
    err_t err = note->from == 0 ? ERR_OK : own_names_tell(note);
    if (err == ERR_OK) tell_others(note);
    result.result = err;
    if (note->from == 0) {
        claim_answered(err);
    } else {
        note_send((coreid_t)note->from, result, RESULT);
    }
}

/* Each name that there is, until visit() says that it is enough. */
static void names_each(coreid_t core, bool (*visit)(coreid_t core, const struct names_entry *entry))
{
    static struct names_entry page[NAMES_PAGE];
    char next[NAMES_NAME_MAX + 1] = "", after[NAMES_NAME_MAX + 1];
    uint32_t count;
    do {
        strcpy(after, next);
        err_t err = names_enumerate(names_default(), "", "", after, next, sizeof(next), page, NAMES_PAGE, &count);
        if (err != ERR_OK) return;
        for (uint32_t i = 0; i < count; i++) {
            if (!visit(core, &page[i])) return;
        }
    } while (next[0] != 0);
}

/* A new core learns of all names; what it has itself it refuses. */
static bool joined_tell(coreid_t core, const struct names_entry *entry)
{
    struct note note = {.add = 1, .pid = entry->pid};
    strcpy(note.name, entry->name);
    strcpy(note.properties, entry->properties);
    if (entry->pid >> 32 == core) return true;
    told(core);
    if (note_send(core, note, UPDATE) == ERR_OK) return true;
    known_by(core, 1);
    return false;
}

/* What was registered on a core that is lost is found no more. */
static bool lost_forget(coreid_t core, const struct names_entry *entry)
{
    if (entry->pid >> 32 == core) names_remote(names_default(), false, entry->pid, entry->name, "");
    return true;
}

static void core_lost(coreid_t core)
{
    struct note note = {.what = LOST, .from = core};
    known_by(core, UINT32_MAX);
    job_add(&note);
    if (core == 0) claim_answered(ERR_PEER_DEAD);
}

static int relay_main(void *argument)
{
    (void)argument;
    for (;;) {
        mutex_lock(&lock);
        while (first == NULL) {
            cond_wait(&wake, &lock);
        }
        struct job *job = first;
        first = job->next;
        if (first == NULL) last = NULL;
        mutex_unlock(&lock);
        if (job->note.what == CLAIM) {
            claim_decide(&job->note);
        } else if (job->note.what == JOINED) {
            names_each((coreid_t)job->note.from, joined_tell);
        } else if (job->note.what == LOST) {
            names_each((coreid_t)job->note.from, lost_forget);
        } else {
            own_names_tell(&job->note);
            note_send(0, job->note, KNOWN);
        }
        free(job);
    }
    return 0;
}

/* The change that names has made known to us: what comes of it. */
static err_t change_make(struct note *note)
{
    err_t err = ERR_OK;
    note->what = CLAIM;
    note->from = OWN;
    answered = false;
    if (OWN == 0) {
        job_add(note);
    } else {
        err = note_send(0, *note, CLAIM);
    }
    mutex_lock(&lock);
    while (err == ERR_OK && !answered) {
        cond_wait(&wake, &lock);
    }
    if (err == ERR_OK) err = answer;
    mutex_unlock(&lock);
    return err;
}

static void linked_wait(void)
{
    mutex_lock(&lock);
    while (OWN != 0 && !linked) {
        cond_wait(&wake, &lock);
    }
    mutex_unlock(&lock);
}

/* What is registered here before the other cores can be told is kept by names, which tells all of it first. */
static int changes_main(void *argument)
{
    (void)argument;
    err_t result = ERR_OK;
    linked_wait();
    for (;;) {
        struct note note = {0};
        uint32_t add;
        err_t err = names_change(names_default(), result, &add, &note.pid, note.name, sizeof(note.name),
                                 note.properties, sizeof(note.properties));
        if (err == ERR_PEER_DEAD) { /* its successor begins with what it has no answer to */
            result = ERR_AGAIN;
            continue;
        }
        if (err != ERR_OK) {
            log_line("monitor: names does not tell its changes: %s", err_text(err));
            return 1;
        }
        note.add = add;
        result = change_make(&note);
        if (result == ERR_OK) change_known();
    }
    return 0;
}

err_t names_relay_start(void (*known)(void))
{
    if (running) return ERR_OK;
    change_known = known;
    link_handle(LINK_NAMES, note_arrived);
    link_on_loss(core_lost);
    struct thread_options relay = {.name = "relay", .detached = true, .pinned = true};
    struct thread_options changes = {.name = "changes", .detached = true, .pinned = true};
    err_t err = thread_create(NULL, relay_main, NULL, &relay);
    if (err == ERR_OK) err = thread_create(NULL, changes_main, NULL, &changes);
    running = err == ERR_OK;
    return err;
}

void names_relay_joined(coreid_t core)
{
    struct note note = {.what = JOINED, .from = core};
    if (OWN == 0) {
        job_add(&note);
    } else if (core == 0) {
        mutex_lock(&lock);
        linked = true;
        cond_broadcast(&wake);
        mutex_unlock(&lock);
    }
}
