/* SPDX-License-Identifier: BSD-2-Clause */
/* mem's decisions: accounts, quotas, what is kept back, and that totals add up after anything. */
#include "memory.h"
#include <idl/mem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGES 4096ull
#define BASE 0x40000000ull
#define ACCOUNTS 8

static struct memory memory;
static struct account accounts[ACCOUNTS];
static struct region_sized records[8192];
static const struct region_index *index_used = &region_index_tree_best;

static int setup(void **state)
{
    memory_init(&memory, index_used, accounts, ACCOUNTS, 64 * PAGE_SIZE);
    region_refill(&memory.map, records, sizeof(records));
    assert_int_equal(memory_add(&memory, BASE, PAGES * PAGE_SIZE), ERR_OK);
    return 0;
}

static struct account *open_account(pid_abi_t pid, uint64_t quota)
{
    struct account *account;
    assert_int_equal(account_open(&memory.accounts, pid, quota, &account), ERR_OK);
    return account;
}

static err_t alloc(struct account *account, uint64_t pages, paddr_t *base)
{
    return memory_alloc(&memory, account, pages * PAGE_SIZE, 0, 0, UINT64_MAX, base);
}

static void totals_check(void)
{
    uint64_t used = 0, blocks = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        used += accounts[i].used;
        blocks += accounts[i].blocks;
    }
    assert_int_equal(used, memory.used);
    assert_int_equal(blocks, memory.blocks);
    assert_int_equal(memory.used + memory.map.free_bytes, memory.ram);
    assert_true(region_check(&memory.map));
}

static void arguments(void **state)
{
    paddr_t base;
    struct account *a = open_account(1, UINT64_MAX);
    assert_int_equal(memory_alloc(&memory, a, 0, 0, 0, UINT64_MAX, &base), ERR_ARGUMENT);
    assert_int_equal(memory_alloc(&memory, a, 4097, 0, 0, UINT64_MAX, &base), ERR_ALIGNMENT);
    assert_int_equal(memory_alloc(&memory, a, 4096, 12, 0, UINT64_MAX, &base), ERR_ARGUMENT);
    assert_int_equal(memory_alloc(&memory, a, ~4095ull, 0, 0, UINT64_MAX, &base), ERR_NO_MEMORY);
    assert_int_equal(memory_alloc(&memory, a, 4096, 1ull << 63, 0, UINT64_MAX, &base), ERR_NO_MEMORY);
    assert_int_equal(memory_alloc(&memory, a, 4096, 0, 0, BASE - 1, &base), ERR_NO_MEMORY);
    assert_int_equal(memory_free(&memory, BASE, 4096), ERR_NO_REGION);
    assert_int_equal(memory_free(&memory, BASE + 1, 4096), ERR_ARGUMENT);
    assert_int_equal(memory_free(&memory, ~4095ull, 8192), ERR_ARGUMENT);
    totals_check();
    assert_int_equal(memory.used, 0);
}

static void alignment_and_range(void **state)
{
    paddr_t base;
    struct account *a = open_account(1, UINT64_MAX);
    alloc(a, 1, &base);
    assert_int_equal(memory_alloc(&memory, a, 8192, 1 << 20, 0, UINT64_MAX, &base), ERR_OK);
    assert_int_equal(base & 0xfffff, 0);
    assert_int_equal(memory_alloc(&memory, a, 8192, 0, BASE + 0x5000, BASE + 0x6fff, &base), ERR_OK);
    assert_int_equal(base, BASE + 0x5000);
    totals_check();
}

static void freed_in_parts(void **state)
{
    paddr_t base;
    struct account *a = open_account(1, UINT64_MAX);
    alloc(a, 8, &base);
    assert_int_equal(memory_free(&memory, base + 2 * PAGE_SIZE, 2 * PAGE_SIZE), ERR_OK); /* a hole: two blocks */
    assert_int_equal(a->blocks, 2);
    totals_check();
    assert_int_equal(memory_free(&memory, base, 4 * PAGE_SIZE), ERR_NO_REGION); /* some of it twice */
    totals_check();
    assert_int_equal(memory_free(&memory, base, 2 * PAGE_SIZE), ERR_OK);
    assert_int_equal(memory_free(&memory, base + 4 * PAGE_SIZE, 4 * PAGE_SIZE), ERR_OK);
    assert_int_equal(a->used, 0);
    assert_int_equal(a->blocks, 0);
    totals_check();
}

static void memory_outlives_its_owner(void **state)
{
    paddr_t base, other;
    struct account *a = open_account(1, UINT64_MAX);
    alloc(a, 8, &base);
    account_close(&memory.accounts, a);
    assert_null(account_find(&memory.accounts, 1));
    struct account *again = open_account(1, UINT64_MAX);
    assert_ptr_not_equal(again, a);
    alloc(again, 4, &other);
    totals_check();
    /* one range that two owned */
    assert_int_equal(other, base + 8 * PAGE_SIZE);
    assert_int_equal(memory_free(&memory, base, 12 * PAGE_SIZE), ERR_OK);
    totals_check();
    assert_int_equal(memory.used, 0);
    assert_ptr_equal(open_account(2, 0), a); /* its entry was free again */
}

static void what_a_process_leaves_behind(void **state)
{
    paddr_t base[3], from = 0;
    struct mem_range left[4];
    struct account *a = open_account(1, UINT64_MAX), *b = open_account(2, UINT64_MAX);
    alloc(a, 8, &base[0]);
    alloc(b, 8, &base[1]);
    alloc(a, 4, &base[2]);
    assert_int_equal(memory_leftovers(&memory, &from, left, 4), 0);
    assert_int_equal(from, 0);
    account_end(&memory.accounts, a);
    account_end(&memory.accounts, a);
    assert_int_equal(memory.accounts.ended_bytes, 12 * PAGE_SIZE);
    assert_int_equal(alloc(a, 1, &base[1]), ERR_PERMISSION); /* though its channel is there */
    assert_null(account_find(&memory.accounts, 1));
    assert_int_equal(memory_leftovers(&memory, &from, left, 4), 2);
    assert_int_equal(from, 0);
    assert_int_equal(left[0].base, base[0]);
    assert_int_equal(left[1].base, base[2]);
    assert_int_equal(left[1].bytes, 4 * PAGE_SIZE);
    assert_int_equal(memory_leftovers(&memory, &from, left, 1), 1);
    assert_int_equal(memory_leftovers(&memory, &from, left, 1), 1);
    assert_int_equal(left[0].base, base[2]);
    memory_free(&memory, base[0], 6 * PAGE_SIZE);
    account_close(&memory.accounts, a);
    assert_int_equal(memory.accounts.ended_bytes, 6 * PAGE_SIZE);
    memory_free(&memory, base[0] + 6 * PAGE_SIZE, 2 * PAGE_SIZE);
    memory_free(&memory, base[2], 4 * PAGE_SIZE);
    assert_int_equal(memory.accounts.ended_bytes, 0);
    totals_check();
}

static void U8_one_process_takes_all_memory(void **state)
{
    paddr_t base;
    struct account *hog = open_account(1, PAGES / 2 * PAGE_SIZE), *second = open_account(2, UINT64_MAX);
    struct account *service = open_account(3, UINT64_MAX);
    service->service = true;
    unsigned pages = 0;
    err_t err;
    while ((err = alloc(hog, 16, &base)) == ERR_OK) {
        pages += 16;
    }
    assert_int_equal(err, ERR_QUOTA);
    assert_int_equal(pages, PAGES / 2);
    while ((err = alloc(second, 1, &base)) == ERR_OK) {
    }
    assert_int_equal(err, ERR_NO_MEMORY);
    assert_int_equal(memory.map.free_bytes, 64 * PAGE_SIZE); /* kept back */
    for (int i = 0; i < 64; i++) {
        assert_int_equal(alloc(service, 1, &base), ERR_OK);
    }
    assert_int_equal(alloc(service, 1, &base), ERR_NO_MEMORY);
    totals_check();
}

static void U8_accounts_are_bounded(void **state)
{
    struct account *account;
    for (pid_abi_t pid = 1; pid <= ACCOUNTS; pid++) {
        open_account(pid, 0);
    }
    assert_int_equal(account_open(&memory.accounts, 99, 0, &account), ERR_TOO_MANY);
    account_close(&memory.accounts, account_find(&memory.accounts, 3));
    assert_int_equal(account_open(&memory.accounts, 3, 0, &account), ERR_OK);
    assert_int_equal(account_open(&memory.accounts, 4, 0, &account), ERR_EXISTS);
}

static void metadata_runs_out(void **state)
{
    paddr_t base, last = 0;
    memory_init(&memory, index_used, accounts, ACCOUNTS, 0);
    region_refill(&memory.map, records, (MEMORY_RECORDS_KEPT + 8) * memory.map.index->record_bytes);
    assert_int_equal(memory_add(&memory, BASE, PAGES * PAGE_SIZE), ERR_OK);
    struct account *a = open_account(1, UINT64_MAX);
    while (alloc(a, 2, &base) == ERR_OK) {
        last = base;
    }
    assert_int_equal(alloc(a, 2, &base), ERR_AGAIN);
    totals_check();
    /* What comes back has the kept ones: every second page of all of it. */
    for (base = BASE; base <= last; base += 2 * PAGE_SIZE) {
        assert_int_equal(memory_free(&memory, base, PAGE_SIZE), ERR_OK);
        totals_check();
    }
}

static void random_traffic(void **state)
{
    struct {
        paddr_t base;
        uint64_t bytes;
    } held[200] = {0};
    struct account *a[3] = {open_account(1, UINT64_MAX), open_account(2, 700 * PAGE_SIZE), open_account(3, UINT64_MAX)};
    srand(4);
    for (int round = 0; round < 30000; round++) {
        int n = rand() % 200;
        if (held[n].bytes == 0) {
            uint64_t bytes = (1 + (uint64_t)rand() % 40) * PAGE_SIZE;
            if (memory_alloc(&memory, a[rand() % 3], bytes, 4096ull << rand() % 5, 0, UINT64_MAX, &held[n].base) ==
                ERR_OK) {
                held[n].bytes = bytes;
            }
        } else {
            uint64_t part = (1 + (uint64_t)rand() % (held[n].bytes / PAGE_SIZE)) * PAGE_SIZE;
            assert_int_equal(memory_free(&memory, held[n].base, part), ERR_OK);
            held[n].base += part;
            held[n].bytes -= part;
        }
        if (round % 16 == 0) totals_check();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(arguments, setup),
        cmocka_unit_test_setup(alignment_and_range, setup),
        cmocka_unit_test_setup(freed_in_parts, setup),
        cmocka_unit_test_setup(memory_outlives_its_owner, setup),
        cmocka_unit_test_setup(what_a_process_leaves_behind, setup),
        cmocka_unit_test_setup(U8_one_process_takes_all_memory, setup),
        cmocka_unit_test_setup(U8_accounts_are_bounded, setup),
        cmocka_unit_test_setup(metadata_runs_out, setup),
        cmocka_unit_test_setup(random_traffic, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
