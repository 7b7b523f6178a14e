/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of page tables by itself, a part of the test of paging. */
#include "paging_model.h"
#include "vspace.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TABLES 3000

/* Against a flag for each table: tables come and go at random, close together and far apart. */
void test_index(void **unused)
{
    static struct table all[TABLES];
    static bool present[TABLES];
    uint32_t before[8] = {0}, after[8] = {0};
    index_looks(before, 8);
    for (unsigned i = 0; i < TABLES; i++) {
        uint64_t number = (i / 3) << (i % 2 ? 12 : 0);
        all[i].level = 1 + i % 3;
        all[i].va = (1ull << 60) + (number << (level_shift(all[i].level) + 9));
        assert_null(index_find(all[i].level, all[i].va));
    }
    for (unsigned n = 0; n < 100 * TABLES; n++) {
        unsigned i = random_below(TABLES);
        assert_ptr_equal(index_find(all[i].level, all[i].va), present[i] ? &all[i] : 0);
        if (random_below(2)) continue;
        (present[i] ? index_remove : index_insert)(&all[i]);
        present[i] = !present[i];
    }
    for (unsigned i = 0; i < TABLES; i++) {
        assert_ptr_equal(index_find(all[i].level, all[i].va), present[i] ? &all[i] : 0);
        if (present[i]) index_remove(&all[i]);
    }
    index_looks(after, 8);
    assert_memory_equal(before, after, sizeof before);
}
