/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of storm.h. It holds up to HELD capabilities, some of which others hold, too; what they do to them shows as an error, and
 * nearly any is right. What is checked: memory that is made new is clear, and memory of which a revoke answered that nobody else has
 * anything can be made new. The rest is for whoever looks from outside.
 */
#include "storm.h"
#include "support.h"
#include <idl/monitor.h>
#include <paging/paging.h>
#include <threads/guarded.h>
#include <threads/thread.h>

#define HELD 24
#define MAPPED 4
#define TOP_PAGES 8
#define RAM_LIMIT (96 * TOP_PAGES * PAGE_SIZE) /* bytes on its account, beyond which it allocates no more */
#define IDLE_MS 2

struct worker {
    struct storm_page *page;
    struct storm_worker *self;
    unsigned core;
    uint64_t random;
    cptr_t held[HELD]; /* slots, filled or empty */
    bool whole[HELD];  /* RAM that was allocated at once, all of it */
    vaddr_t mapped[MAPPED];
    uint64_t mapped_bytes[MAPPED];
    cptr_t nest, l1, l2; /* RAM, and slots for what is made of it */
};

static struct worker w;

static unsigned below(unsigned limit)
{
    return (unsigned)((random_next(&w.random) >> 32) * limit >> 32);
}

static err_t fail(unsigned line, err_t err)
{
    w.self->failed_error = err;
    w.self->failed = line;
    return err;
}
#define RIGHT(condition, err) ((condition) ? (err) : fail(__LINE__, err))

static bool is_empty(unsigned i)
{
    struct cap_info info;
    return cap_identify(w.held[i], &info) == ERR_L2_LOOKUP;
}

/* A slot that is empty; HELD: none. */
static unsigned empty_find(void)
{
    unsigned first = below(HELD);
    for (unsigned n = 0; n < HELD; n++) {
        unsigned i = (first + n) % HELD;
        if (is_empty(i)) {
            w.whole[i] = false;
            return i;
        }
    }
    return HELD;
}

/* A slot that is not empty, or was not a moment ago. `types`: a mask; others only if there is none of those. */
static unsigned full_find_of(uint32_t types)
{
    unsigned first = below(HELD), found = first;
    for (unsigned n = 0; n < HELD; n++) {
        struct cap_info info;
        unsigned i = (first + n) % HELD;
        if (cap_identify(w.held[i], &info) != ERR_OK) continue;
        found = i;
        if (types >> info.type & 1) break;
    }
    return found;
}

static unsigned full_find(void)
{
    return full_find_of(UINT32_MAX);
}

static err_t do_alloc(void)
{
    cptr_t ram;
    unsigned to = empty_find();
    if (to == HELD || ram_used() > RAM_LIMIT) return ERR_NO_SLOTS;
    err_t err = ram_new(&ram, (1 + below(TOP_PAGES)) * PAGE_SIZE);
    if (err != ERR_OK) return err;
    err = cap_move(w.held[to], ram);
    w.whole[to] = err == ERR_OK;
    cap_free(ram);
    return RIGHT(err == ERR_OK, err);
}

static err_t do_copy(bool mint)
{
    unsigned from = full_find(), to = empty_find();
    if (to == HELD) return ERR_NO_SLOTS;
    err_t err = mint ? cap_mint(w.held[to], w.held[from], MAP_READ, 0, 0) : cap_copy(w.held[to], w.held[from]);
    w.whole[to] = err == ERR_OK && w.whole[from];
    return err;
}

static err_t do_move(void)
{
    unsigned from = full_find(), to = empty_find();
    if (to == HELD) return ERR_NO_SLOTS;
    bool whole = w.whole[from];
    err_t err = cap_move(w.held[to], w.held[from]);
    w.whole[to] = err == ERR_OK && whole;
    return err;
}

static err_t do_delete(void)
{
    unsigned i = full_find();
    return cap_delete(w.held[i]);
}

/* The first and the last word of each page are 0; `frame` was made this moment and nobody else can have it. */
static err_t clear_check(cptr_t frame, uint64_t bytes)
{
    vaddr_t va;
    uint64_t words[2] = {0};
    err_t err = paging_map(frame, 0, bytes, MAP_READ, 0, "storm", &va);
    if (err != ERR_OK) return err;
    for (uint64_t at = 0; at < bytes && words[0] == 0; at += PAGE_SIZE) {
        if (!guarded_copy(words, (void *)(va + at), 8) || !guarded_copy(words + 1, (void *)(va + at + PAGE_SIZE - 8), 8))
            break;
        words[0] |= words[1];
    }
    paging_unmap(va, bytes);
    return RIGHT(words[0] == 0, ERR_OK);
}

static err_t do_retype(void)
{
    static const uint32_t types[] = {CAP_RAM, CAP_RAM, CAP_FRAME, CAP_FRAME, CAP_DMAFRAME};
    struct cap_info info;
    unsigned from = full_find_of(1u << CAP_RAM), to = empty_find();
    if (to == HELD) return ERR_NO_SLOTS;
    err_t err = cap_identify(w.held[from], &info);
    if (err != ERR_OK || info.bytes < PAGE_SIZE) return err;
    unsigned pages = (unsigned)(info.bytes / PAGE_SIZE), first = below(pages), count = 1 + below(pages - first);
    uint32_t type = types[below(5)];
    err = cap_retype(w.held[to], w.held[from], (uint64_t)first * PAGE_SIZE, type, (uint64_t)count * PAGE_SIZE, 1);
    if (err == ERR_OK && type == CAP_FRAME) clear_check(w.held[to], (uint64_t)count * PAGE_SIZE);
    return err;
}

/* What a revoke has left: nobody has anything of a block whose only name this is, so that all of it can be made new. */
static err_t do_revoke(void)
{
    struct cap_info info;
    unsigned i = full_find(), to = empty_find();
    bool whole = w.whole[i];
    err_t err = cap_revoke(w.held[i]);
    if (err != ERR_OK || !whole || to == HELD) return err;
    err = cap_identify(w.held[i], &info);
    if (err == ERR_OK) err = cap_retype(w.held[to], w.held[i], 0, CAP_FRAME, info.bytes, 1);
    w.page->proofs++;
    return RIGHT(err == ERR_OK || err == ERR_BUSY, err);
}

static err_t do_send(void)
{
    unsigned i = full_find(), core = below(w.page->cores - 1), tag = below(STORM_TAGS);
    core += core >= w.core;
    if (w.page->mail[core][tag] >= STORM_MAIL) return ERR_TOO_MANY;
    err_t err = monitor_post(monitor_default(), core, STORM_TAG + tag, w.held[i]);
    w.page->mail[core][tag] += err == ERR_OK;
    return err;
}

static err_t do_collect(void)
{
    cptr_t cap;
    unsigned to = empty_find(), tag = below(STORM_TAGS);
    _Atomic int32_t *mail = &w.page->mail[w.core][tag];
    if (to == HELD) return ERR_NO_SLOTS;
    err_t err = monitor_collect(monitor_default(), STORM_TAG + tag, &cap);
    if (err == ERR_NOT_FOUND) *mail = 0; /* what was not collected in time, or has been revoked, is gone */
    if (err != ERR_OK) return err;
    --*mail;
    err = cap_move(w.held[to], cap);
    cap_free(cap);
    return err;
}

static err_t do_map(void)
{
    struct cap_info info;
    unsigned i = full_find_of(1u << CAP_FRAME | 1u << CAP_DMAFRAME), m = below(MAPPED);
    if (w.mapped[m] != 0) return ERR_TOO_MANY;
    err_t err = cap_identify(w.held[i], &info);
    if (err != ERR_OK || info.bytes < PAGE_SIZE) return err;
    err = paging_map(w.held[i], 0, info.bytes, info.rights & (MAP_READ | MAP_WRITE), 0, "storm", &w.mapped[m]);
    w.mapped_bytes[m] = info.bytes;
    if (err != ERR_OK) w.mapped[m] = 0;
    return err;
}

/* Write to it first: whoever gets this memory next must not see that. */
static err_t do_unmap(void)
{
    uint64_t word = ~w.random;
    unsigned m = below(MAPPED);
    if (w.mapped[m] == 0) return ERR_NOT_FOUND;
    guarded_copy((void *)w.mapped[m], &word, 8);
    guarded_copy((void *)(w.mapped[m] + w.mapped_bytes[m] - 8), &word, 8);
    err_t err = paging_unmap(w.mapped[m], w.mapped_bytes[m]);
    if (err == ERR_OK) w.mapped[m] = 0;
    return err;
}

/* A capability into an L2CNode in an L1CNode, of memory that nobody else ever gets; then both die with what they hold. */
static err_t do_bury(void)
{
    unsigned i = full_find();
    err_t err = cap_retype(w.l1, w.nest, 0, CAP_L1CNODE, 32 * SLOT_BYTES, 1);
    if (err != ERR_OK) return err; /* the last ones are not all gone yet */
    err = cap_retype(w.l2, w.nest, CNODE_L2_BYTES, CAP_L2CNODE, 0, 1);
    if (err == ERR_OK) {
        err = cap_move(CAPREF(w.l1, CPTR_L1 | 1), w.l2);
        if (err == ERR_OK) err = cap_move(CAPREF(w.l1, CPTR(1, below(CNODE_L2_SLOTS))), w.held[i]);
        cap_delete(w.l2);
    }
    cap_delete(w.l1);
    return err;
}

static err_t operation(unsigned which)
{
    switch (which) {
    case STORM_ALLOC:
        return do_alloc();
    case STORM_COPY:
    case STORM_MINT:
        return do_copy(which == STORM_MINT);
    case STORM_MOVE:
        return do_move();
    case STORM_DELETE:
        return do_delete();
    case STORM_REVOKE:
        return do_revoke();
    case STORM_RETYPE:
        return do_retype();
    case STORM_SEND:
        return do_send();
    case STORM_COLLECT:
        return do_collect();
    case STORM_MAP:
        return do_map();
    case STORM_UNMAP:
        return do_unmap();
    default:
        return do_bury();
    }
}

#define WEIGHTS 118

static unsigned choose(void)
{
    static const uint8_t weights[STORM_OPERATIONS] = {
        [STORM_ALLOC] = 10,   [STORM_COPY] = 14,  [STORM_MINT] = 3,    [STORM_MOVE] = 6,
        [STORM_DELETE] = 18,  [STORM_REVOKE] = 6, [STORM_RETYPE] = 16, [STORM_SEND] = 14,
        [STORM_COLLECT] = 16, [STORM_MAP] = 6,    [STORM_UNMAP] = 6,   [STORM_BURY] = 3};
    unsigned pick = below(WEIGHTS), which = 0;
    if (empty_find() == HELD) return STORM_DELETE;
    while (pick >= weights[which])
        pick -= weights[which++];
    return which;
}

static err_t begin(unsigned number, unsigned life, struct storm_page *page)
{
    w.page = page;
    w.self = &page->worker[number];
    w.core = number / STORM_EACH;
    w.random = page->seed * 0x9e3779b97f4a7c15u + number * 1000003 + life + 1;
    err_t err = ram_new(&w.nest, 2 * CNODE_L2_BYTES);
    if (err == ERR_OK) err = slot_alloc(&w.l1);
    if (err == ERR_OK) err = slot_alloc(&w.l2);
    for (unsigned i = 0; i < HELD && err == ERR_OK; i++)
        err = slot_alloc(&w.held[i]);
    return err;
}

/* What nobody has collected is not to wait until the monitor finds it too old. */
static void mail_clear(void)
{
    cptr_t cap;
    for (unsigned tag = 0; tag < STORM_TAGS; tag++) {
        while (monitor_collect(monitor_default(), STORM_TAG + tag, &cap) == ERR_OK)
            cap_free(cap);
    }
}

int storm_work(unsigned number, unsigned life, struct storm_page *page)
{
    err_t err = begin(number, life, page);
    if (err != ERR_OK) return fail(__LINE__, err), 1;
    w.self->ready = life + 1;
    while (!page->quit && !w.self->failed) {
        if (w.self->done >= w.self->goal) {
            thread_sleep_ms(IDLE_MS);
            continue;
        }
        unsigned which = choose();
        w.self->last = which;
        err = operation(which);
        page->count[which]++;
        page->succeeded[which] += err == ERR_OK;
        page->errors[err < STORM_ERRORS ? err : STORM_ERRORS - 1]++;
        w.self->done++;
    }
    mail_clear();
    return w.self->failed != 0;
}
