/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries pieces of RAM between the cores' mems. One thread ("stock") waits for what this core's mem wants. All else runs in the
 * link's: it asks one core after the other until one gives something, gives what others ask for, and moves the pieces' home with the
 * capability protocol (remote_caps_piece_move), so that a piece arrives when no core thinks it the old one's any more.
 *
 * Nobody waits in a circle: `stock` waits for the link's thread, that one for nobody but the mem of its own core, which waits for nobody.
 */
#include "stock.h"
#include "cores.h"
#include "link.h"
#include "monitor.h"
#include "remote_caps.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define AGAIN_US 100000 /* mem could not take a piece: it will when it has memory for a record */

enum what {
    ASK,   /* I want so many bytes, urgent or not */
    ANSWER /* these pieces, as a mask, are on their way */
};

struct note {
    uint64_t what, bytes, urgent, pieces;
};
#define NOTE_WORDS (sizeof(struct note) / sizeof(uint64_t))
_Static_assert(PIECES_MAX <= 64, "a mask of pieces is one word");

static struct mutex lock; /* of `asked` */
static struct cond over;
static struct {
    struct note note;
    struct mem_piece back[MEM_PIECES_MAX]; /* or what goes back */
    uint32_t back_count;
    coreid_t next;    /* whom to ask next */
    uint64_t pending; /* pieces that have been promised and are not here */
    uint64_t got;
    bool running;
} asked;
static uint64_t untaken; /* pieces that mem could not take yet */

static void round_begin(struct event *event);
static struct event round_event = {.run = round_begin};
static void untaken_offer(struct event *event);
static struct timer again = {.event.run = untaken_offer};

static struct pieces *pieces(void)
{
    return cores_pieces();
}

static void round_end(void)
{
    mutex_lock(&lock);
    asked.running = false;
    cond_broadcast(&over);
    mutex_unlock(&lock);
}

static void note_send(coreid_t to, const struct note *note)
{
    uint64_t w[NOTE_WORDS];
    memcpy(w, note, sizeof(w));
    link_send(to, LINK_MEM, w, NOTE_WORDS);
}

/* Ask one more core. */
static void round_go_on(void)
{
    while (asked.next < CORES_MAX && !link_is_open(asked.next)) {
        asked.next++;
    }
    if (asked.next == CORES_MAX) {
        round_end();
    } else {
        note_send(asked.next++, &asked.note);
    }
}

/* The piece is ours: mem's. */
static void piece_take(unsigned piece)
{
    struct mem_piece taken = {pieces()->base[piece], pieces()->origin[piece]};
    err_t err = mem_gained(mem_default(), &taken, taken.core == OWN);
    if (err != ERR_OK && err != ERR_REGION_BUSY) {
        untaken |= 1ull << piece;
        timer_set(&link_waitset, &again, deadline_after_us(AGAIN_US));
    }
}

static void untaken_offer(struct event *event)
{
    (void)event;
    for (unsigned piece = 0; piece < PIECES_MAX; piece++) {
        if (!(untaken >> piece & 1)) continue;
        untaken &= ~(1ull << piece);
        piece_take(piece);
    }
}

static void piece_arrived(paddr_t base)
{
    unsigned piece = piece_find(pieces(), base);
    if (piece == PIECE_NONE) return;
    piece_take(piece);
    if (!(asked.pending >> piece & 1)) return;
    asked.pending &= ~(1ull << piece);
    asked.got += pieces()->bytes;
    if (asked.pending == 0) round_end();
}

/* A piece that mem has let go of; false: it stays. */
static bool piece_send(paddr_t base, coreid_t to, unsigned *piece)
{
    *piece = piece_find(pieces(), base);
    if (*piece == PIECE_NONE) return false;
    if (remote_caps_piece_move(*piece, to) == ERR_OK) return true;
    piece_take(*piece);
    return false;
}

static void round_begin(struct event *event)
{
    unsigned piece;
    (void)event;
    for (uint32_t i = 0; i < asked.back_count; i++) {
        piece_send(asked.back[i].base, (coreid_t)asked.back[i].core, &piece);
    }
    if (asked.note.bytes == 0)
        round_end();
    else
        round_go_on();
}

static void ask_answer(coreid_t from, const struct note *ask)
{
    struct mem_piece list[MEM_PIECES_MAX];
    struct note answer = {.what = ANSWER};
    uint32_t count = 0;
    unsigned piece;
    bool may = cores_shared()->core[OWN].dealt;
    if (may && mem_give(mem_default(), ask->bytes, ask->urgent != 0, list, MEM_PIECES_MAX, &count) != ERR_OK) count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (piece_send(list[i].base, from, &piece)) answer.pieces |= 1ull << piece;
    }
    note_send(from, &answer); /* it arrives before the first piece: that waits for this core's own acknowledgement */
}

static void note_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    struct note note;
    if (words < NOTE_WORDS) return;
    memcpy(&note, w, sizeof(note));
    if (note.what == ASK) {
        ask_answer(from, &note);
    } else if (asked.running) {
        asked.pending = note.pieces;
        if (note.pieces == 0) round_go_on();
    }
}

/* It gives nothing, and nothing that it promised arrives. */
static void core_lost(coreid_t core)
{
    if (!asked.running || asked.next != core + 1) return;
    asked.pending = 0;
    round_go_on();
}

static void round_make(uint64_t bytes, bool urgent, uint32_t back_count)
{
    mutex_lock(&lock);
    asked.note = (struct note){.what = ASK, .bytes = bytes, .urgent = urgent};
    asked.back_count = back_count;
    asked.next = 0;
    asked.pending = asked.got = 0;
    asked.running = true;
    event_post(&link_waitset, &round_event);
    while (asked.running) {
        cond_wait(&over, &lock);
    }
    mutex_unlock(&lock);
}

static int stock_main(void *argument)
{
    (void)argument;
    uint64_t bytes;
    bool urgent;
    uint32_t back;
    err_t err = mem_pieces(mem_default(), pieces()->bytes);
    while (err == ERR_OK) {
        err = mem_want(mem_default(), asked.got, &bytes, &urgent, asked.back, MEM_PIECES_MAX, &back);
        if (err == ERR_OK) round_make(bytes, urgent, back);
    }
    log_line("monitor: RAM stays where it is: %s", err_text(err));
    return 1;
}

err_t stock_start(void)
{
    static bool running;
    if (running) return ERR_OK;
    link_handle(LINK_MEM, note_arrived);
    link_on_loss(core_lost);
    remote_caps_piece_handle(piece_arrived);
    struct thread_options options = {.name = "stock", .detached = true, .pinned = true};
    err_t err = thread_create(NULL, stock_main, NULL, &options);
    running = err == ERR_OK;
    return err;
}
