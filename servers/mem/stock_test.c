/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mems of several cores with random needs: memory.c and stock.c of each, and between them monitors that are none, which ask one core
 * after the other and carry pieces, all of it with delays. After each step every page of the machine is at exactly one core, or on
 * its way; when all is free again everything is where it was dealt to, and nothing moves any more.
 */
#include "stock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORES 4
#define PIECE (16 * PAGE_SIZE)
#define SHARE 8 /* pieces of each core */
#define PIECES (CORES * SHARE)
#define BASE 0x40000000ull
#define KEPT (8 * PAGE_SIZE)
#define MARGIN (8 * PAGE_SIZE)
#define ACCOUNTS 8
#define BLOCKS 1024
#define NOBODY CORES

struct core {
    struct memory memory;
    struct stock stock;
    struct account accounts[ACCOUNTS];
    struct account *process[ACCOUNTS];
    struct region_sized records[1024];
    uint64_t wanted; /* by somebody who waits */
    unsigned next;   /* whom its monitor asks next; NOBODY: no round */
    bool urgent;
};

static struct core cores[CORES];
static struct {
    paddr_t base;
    unsigned to; /* NOBODY: it is not on its way */
} flying[PIECES];
static struct block {
    paddr_t base;
    uint64_t bytes; /* 0: none */
    unsigned core, process;
} blocks[BLOCKS];
static uint64_t state, moves, waits;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static unsigned origin_of(paddr_t base)
{
    return (unsigned)((base - BASE) / PIECE / SHARE);
}

static void machine_new(uint64_t seed)
{
    state = seed;
    moves = waits = 0;
    memset(blocks, 0, sizeof(blocks));
    for (unsigned i = 0; i < PIECES; i++) {
        flying[i].to = NOBODY;
    }
    for (unsigned i = 0; i < CORES; i++) {
        struct core *core = &cores[i];
        memory_init(&core->memory, &region_index_tree_best, core->accounts, ACCOUNTS, KEPT);
        memset(core->records, 0, sizeof(core->records));
        region_refill(&core->memory.map, core->records, sizeof(core->records));
        stock_init(&core->stock, &core->memory, MARGIN);
        core->stock.piece = PIECE;
        core->next = NOBODY;
        core->wanted = 0;
        assert_int_equal(memory_add(&core->memory, BASE + i * SHARE * PIECE, SHARE * PIECE), ERR_OK);
        for (unsigned p = 0; p < ACCOUNTS; p++) {
            assert_int_equal(account_open(&core->memory.accounts, p + 1, PIECES * PIECE, &core->process[p]), ERR_OK);
        }
    }
}

/* Where each page is. */
static void check(void)
{
    static uint8_t seen[PIECES * PIECE / PAGE_SIZE];
    uint64_t on_its_way = 0, between = 0, all = 0;
    memset(seen, 0, sizeof(seen));
    for (unsigned i = 0; i < CORES; i++) {
        const struct memory *memory = &cores[i].memory;
        uint64_t bytes = 0;
        for (const struct region *r = memory->map.head; r != NULL; r = r->next) {
            for (uint64_t at = r->base; at < r->base + r->bytes; at += PAGE_SIZE) {
                assert_int_equal(seen[(at - BASE) / PAGE_SIZE]++, 0);
            }
            bytes += r->bytes;
        }
        assert_int_equal(bytes, memory->ram);
        assert_int_equal(memory->used + memory->map.free_bytes, memory->ram);
        between += cores[i].stock.given - cores[i].stock.gained;
        all += memory->ram;
    }
    for (unsigned i = 0; i < PIECES; i++) {
        if (flying[i].to == NOBODY) continue;
        on_its_way += PIECE;
        for (uint64_t at = flying[i].base; at < flying[i].base + PIECE; at += PAGE_SIZE) {
            assert_int_equal(seen[(at - BASE) / PAGE_SIZE]++, 0);
        }
    }
    assert_int_equal(between, on_its_way);
    assert_int_equal(all + on_its_way, PIECES * PIECE);
}

static void piece_fly(paddr_t base, unsigned to)
{
    unsigned i = 0;
    while (flying[i].to != NOBODY) {
        i++;
    }
    flying[i].base = base;
    flying[i].to = to;
    moves++;
}

static void piece_land(unsigned i)
{
    unsigned to = flying[i].to;
    if (to == NOBODY) return;
    flying[i].to = NOBODY;
    unsigned origin = origin_of(flying[i].base);
    assert_int_equal(stock_gain(&cores[to].stock, flying[i].base, origin, origin == to), ERR_OK);
}

static void alloc(unsigned c, unsigned process, uint64_t bytes)
{
    struct block *block = blocks;
    while (block < blocks + BLOCKS && block->bytes != 0) {
        block++;
    }
    if (block == blocks + BLOCKS) return;
    err_t err = memory_alloc(&cores[c].memory, cores[c].process[process], bytes, 0, 0, UINT64_MAX, &block->base);
    if (err == ERR_OK) {
        block->bytes = bytes;
        block->core = c;
        block->process = process;
    } else {
        assert_int_equal(err, ERR_NO_MEMORY);
        cores[c].wanted = bytes;
        waits++;
    }
}

static void block_free(struct block *block)
{
    if (block->bytes == 0) return;
    assert_int_equal(memory_free(&cores[block->core].memory, block->base, block->bytes), ERR_OK);
    block->bytes = 0;
}

/* All of it at once, in the middle of anything. */
static void kill(unsigned c, unsigned process)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (blocks[i].core == c && blocks[i].process == process) block_free(&blocks[i]);
    }
}

/* A step of a core's monitor: begin a round, ask the next core, or take back what is too much. */
static void monitor_step(unsigned c)
{
    struct core *core = &cores[c];
    struct stock_piece back[4];
    paddr_t bases[4];
    uint64_t lack = core->wanted != 0 ? stock_lack_for(&core->stock, core->wanted) : stock_lack(&core->stock);
    if (core->next == NOBODY && lack != 0) {
        core->next = 0;
        core->urgent = core->wanted != 0;
    } else if (core->next == NOBODY) {
        uint32_t count = stock_return(&core->stock, back, 4);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(back[i].origin, origin_of(back[i].base));
            piece_fly(back[i].base, back[i].origin);
        }
    } else {
        unsigned other = core->next++;
        uint32_t count = other != c ? stock_give(&cores[other].stock, lack, core->urgent, bases, 4) : 0;
        for (uint32_t i = 0; i < count; i++) {
            piece_fly(bases[i], c);
        }
        if (count != 0) core->next = NOBODY;
        if (core->next == NOBODY) core->wanted = 0;
    }
}

static void step(unsigned n)
{
    unsigned c = n % 2 == 0 ? n / 1000 % CORES : (unsigned)random_below(CORES),
             process = (unsigned)random_below(ACCOUNTS);
    uint64_t what = random_below(1000);
    /* In turn everybody wants much, and gives much back. */
    bool greedy = n / 1000 % CORES == c;
    if (what < (greedy ? 590 : 100))
        alloc(c, process, (1 + random_below(6)) * PAGE_SIZE);
    else if (what < (greedy ? 640 : 700))
        block_free(&blocks[random_below(256)]);
    else if (what < 701)
        kill(c, process);
    else if (what < 850)
        monitor_step(c);
    else
        piece_land((unsigned)random_below(PIECES));
}

static void quiet(void)
{
    for (unsigned i = 0; i < 5000; i++) {
        monitor_step(i % CORES);
        piece_land((unsigned)random_below(PIECES));
        check();
    }
}

static void random_needs(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        machine_new(seed * 7919);
        for (unsigned i = 0; i < 20000; i++) {
            step(i);
            if (i % 16 == 0) check();
        }
        assert_true(moves > 100 && waits > 100);
        for (unsigned i = 0; i < CORES; i++) {
            cores[i].wanted = 0;
        }
        for (unsigned i = 0; i < BLOCKS; i++) {
            block_free(&blocks[i]);
        }
        quiet();
        for (unsigned i = 0; i < CORES; i++) {
            assert_int_equal(cores[i].memory.ram, SHARE * PIECE);
            assert_int_equal(cores[i].memory.map.count, 1);
            assert_int_equal(cores[i].stock.foreign_count, 0);
        }
        uint64_t before = moves;
        quiet();
        assert_int_equal(moves, before);
    }
}

/* One core gets all that the others do not keep back; then it all goes home. */
static void one_wants_all(void **unused)
{
    (void)unused;
    machine_new(1);
    for (unsigned i = 0; i < 20000; i++) {
        alloc(1, 0, PAGE_SIZE);
        monitor_step(1);
        for (unsigned p = 0; p < PIECES; p++) {
            piece_land(p);
        }
        check();
    }
    uint64_t used = cores[1].memory.used;
    assert_int_equal(cores[1].memory.map.free_bytes, KEPT);
    for (unsigned i = 0; i < CORES; i++) {
        if (i == 1) continue;
        assert_true(cores[i].memory.map.free_bytes >= KEPT && cores[i].memory.map.free_bytes < KEPT + PIECE);
        used += cores[i].memory.map.free_bytes;
    }
    assert_int_equal(used + KEPT, PIECES * PIECE);
    kill(1, 0);
    cores[1].wanted = 0;
    quiet();
    for (unsigned i = 0; i < CORES; i++) {
        assert_int_equal(cores[i].memory.ram, SHARE * PIECE);
    }
}

/* What is asked for in advance never leaves the giver short, and an urgent need never touches what is kept back. */
static void thresholds(void **unused)
{
    (void)unused;
    paddr_t bases[PIECES];
    machine_new(1);
    struct core *core = &cores[0];
    assert_int_equal(stock_lack(&core->stock), 0);
    assert_int_equal(stock_give(&core->stock, UINT64_MAX, false, bases, PIECES), SHARE - 2);
    assert_in_range(core->memory.map.free_bytes, KEPT + 2 * MARGIN, KEPT + 2 * MARGIN + PIECE - 1);
    assert_int_equal(stock_lack(&core->stock), 0);
    assert_int_equal(stock_give(&core->stock, UINT64_MAX, true, bases, PIECES), 1);
    assert_int_equal(core->memory.map.free_bytes, PIECE);
    assert_int_equal(stock_give(&core->stock, UINT64_MAX, true, bases, PIECES), 0);
    alloc(0, 0, PAGE_SIZE);
    assert_int_equal(stock_lack(&core->stock), KEPT + 2 * MARGIN - 15 * PAGE_SIZE);
    assert_int_equal(stock_lack_for(&core->stock, PIECE), KEPT + PAGE_SIZE);
    assert_int_equal(stock_lack_for(&core->stock, UINT64_MAX - PAGE_SIZE), 0);
    core->stock.piece = 0; /* no other cores */
    assert_int_equal(stock_lack(&core->stock), 0);
    assert_int_equal(stock_lack_for(&core->stock, PIECE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_needs),
        cmocka_unit_test(one_wants_all),
        cmocka_unit_test(thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
