/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See questions.h. What is known here is answered at once; else it goes to that core's monitor, whose link thread finds the answer: it
 * asks nobody but the kernel and the mem of its core, which wait for nobody.
 */
#include "questions.h"
#include "bindings.h"
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include "remote_caps.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <string.h>
#include <threads/sync.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define ASKED_MAX 32 /* questions to other cores at once */
#define ANSWER_WORDS 50
#define HOLDERS 12

_Static_assert(sizeof(struct monitor_memory) == sizeof(struct mem_totals),
               "the monitor's memory and mem's totals look the same");
_Static_assert(sizeof(struct monitor_memory) <= ANSWER_WORDS * sizeof(uint64_t), "the answer does not fit");

_Static_assert(sizeof(struct monitor_account) == sizeof(struct mem_account), "they look the same");
_Static_assert(sizeof(struct monitor_holder) == sizeof(struct mem_holder), "they look the same");

/* Of QUESTION_ACCOUNTS. */
struct holders {
    uint64_t next, count;
    struct monitor_holder list[HOLDERS];
};
_Static_assert(sizeof(struct holders) <= ANSWER_WORDS * sizeof(uint64_t), "the answer does not fit");

/* Of QUESTION_CHANNELS. */
#define CHANNELS 4
struct channels {
    uint64_t next, count;
    struct monitor_channel list[CHANNELS];
};
_Static_assert(sizeof(struct channels) <= ANSWER_WORDS * sizeof(uint64_t), "the answer does not fit");

struct note {
    uint64_t is_answer, number, question, argument, error;
    uint64_t w[ANSWER_WORDS];
};
#define NOTE_WORDS (sizeof(struct note) / sizeof(uint64_t))
_Static_assert(NOTE_WORDS <= LINK_WORDS, "a note does not fit");

static struct mutex lock; /* of `asked` */
static struct {
    struct reply *reply; /* NULL: unused */
    enum question question;
    coreid_t core;
} asked[ASKED_MAX];

static err_t block_find(uint64_t address, struct monitor_block *block)
{
    struct mem_range range;
    err_t err = mem_block(mem_default(), address, &range, &block->pid, &block->ended);
    if (err != ERR_OK) return err;
    block->base = range.base;
    block->bytes = range.bytes;
    block->home = OWN;
    block->sharers = remote_caps_sharers(range.base);
    return ERR_OK;
}

static err_t accounts_find(uint64_t first, struct holders *holders)
{
    uint32_t next, count;
    err_t err = mem_accounts(mem_default(), (uint32_t)first, HOLDERS, &next, (struct mem_holder *)holders->list,
                             HOLDERS, &count);
    holders->next = next;
    holders->count = count;
    return err;
}

static err_t channels_find(uint64_t first, struct channels *channels)
{
    uint32_t next = (uint32_t)first;
    channels->count = bindings_list(&next, channels->list, CHANNELS);
    channels->next = next;
    return ERR_OK;
}

/* This core's answer. */
static err_t answer_find(uint64_t question, uint64_t argument, uint64_t *w)
{
    uint64_t values[7] = {argument};
    err_t err;
    switch (question) {
    case QUESTION_MEMORY:
        return mem_totals(mem_default(), (struct mem_totals *)w);
    case QUESTION_KERNEL_INFO:
        err = kernel_invoke(SLOT_KERNEL, KERNEL_INFO, values);
        memcpy(w, values, 4 * sizeof(w[0]));
        return err;
    case QUESTION_BLOCK:
        return block_find(argument, (struct monitor_block *)w);
    case QUESTION_ACCOUNT:
        return mem_info(mem_default(), argument, (struct mem_account *)w);
    case QUESTION_ACCOUNTS:
        return accounts_find(argument, (struct holders *)w);
    case QUESTION_CHANNELS:
        return channels_find(argument, (struct channels *)w);
    default:
        return ERR_ARGUMENT;
    }
}

static void answer_give(struct reply *reply, enum question question, err_t err, const uint64_t *w)
{
    const struct holders *holders = (const struct holders *)w;
    const struct channels *channels = (const struct channels *)w;
    if (err != ERR_OK) {
        reply_error(reply, err);
        return;
    }
    switch (question) {
    case QUESTION_MEMORY:
        monitor_reply_memory(reply, ERR_OK, (const struct monitor_memory *)w);
        break;
    case QUESTION_KERNEL_INFO:
        monitor_reply_kernel_info_of(reply, ERR_OK, w[0], w[1], w[2], w[3]);
        break;
    case QUESTION_BLOCK:
        monitor_reply_block(reply, ERR_OK, (const struct monitor_block *)w);
        break;
    case QUESTION_ACCOUNT:
        monitor_reply_account(reply, ERR_OK, (const struct monitor_account *)w);
        break;
    case QUESTION_ACCOUNTS:
        monitor_reply_accounts(reply, ERR_OK, (uint32_t)holders->next, holders->list, (uint32_t)holders->count);
        break;
    case QUESTION_CHANNELS:
        monitor_reply_channels(reply, ERR_OK, (uint32_t)channels->next, channels->list, (uint32_t)channels->count);
        break;
    }
}

static bool note_send(coreid_t to, const struct note *note)
{
    uint64_t w[NOTE_WORDS];
    memcpy(w, note, sizeof(w));
    return link_send(to, LINK_ASK, w, NOTE_WORDS) == ERR_OK;
}

static struct reply *asked_take(uint64_t number, enum question *question)
{
    if (number >= ASKED_MAX) return NULL;
    mutex_lock(&lock);
    struct reply *reply = asked[number].reply;
    *question = asked[number].question;
    asked[number].reply = NULL;
    mutex_unlock(&lock);
    return reply;
}

static void note_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct note note;
    enum question question;
    if (words < NOTE_WORDS) return;
    memcpy(&note, w, sizeof(note));
    if (!note.is_answer) {
        note.is_answer = true;
        note.error = answer_find(note.question, note.argument, note.w);
        note_send(from, &note);
        return;
    }
    struct reply *reply = asked_take(note.number, &question);
    if (reply != NULL) answer_give(reply, question, (err_t)note.error, note.w);
}

/* It answers none of the questions any more. */
static void core_lost(coreid_t core)
{
    for (uint64_t number = 0; number < ASKED_MAX; number++) {
        enum question question;
        mutex_lock(&lock);
        bool waits = asked[number].reply != NULL && asked[number].core == core;
        mutex_unlock(&lock);
        struct reply *reply = waits ? asked_take(number, &question) : NULL;
        if (reply != NULL) reply_error(reply, ERR_PEER_DEAD);
    }
}

/* This one alone: others that were sent before may still be answered, and their numbers are not another's until then. */
static void unsent(uint64_t number)
{
    enum question question;
    struct reply *reply = asked_take(number, &question);
    if (reply != NULL) reply_error(reply, ERR_PEER_DEAD);
}

static err_t question_send(coreid_t core, enum question question, uint64_t argument, struct reply *reply)
{
    struct note note = {.question = question, .argument = argument};
    if (!link_is_open(core)) return ERR_NOT_FOUND;
    mutex_lock(&lock);
    while (note.number < ASKED_MAX && asked[note.number].reply != NULL) {
        note.number++;
    }
    if (note.number < ASKED_MAX) {
        asked[note.number].reply = reply;
        asked[note.number].question = question;
        asked[note.number].core = core;
    }
    mutex_unlock(&lock);
    if (note.number == ASKED_MAX) return ERR_BUSY;
    if (!note_send(core, &note)) unsent(note.number);
    return ERR_OK;
}

err_t question_ask(struct call *call, coreid_t core, enum question question, uint64_t argument)
{
    uint64_t w[ANSWER_WORDS] = {0};
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err;
    if (core == OWN) {
        err = answer_find(question, argument, w);
        answer_give(reply, question, err, w);
        return ERR_OK;
    }
    err = question_send(core, question, argument, reply);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

void questions_start(void)
{
    link_handle(LINK_ASK, note_arrived);
    link_on_loss(core_lost);
}
