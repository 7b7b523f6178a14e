/* SPDX-License-Identifier: BSD-2-Clause */
/* The deadline heap against an array: random inserts and removals of any element, ranks and links checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/heap.h>

#define NODES 200

static struct heap_node nodes[NODES];

static uint32_t check_node(const struct heap_node *node, const struct heap_node *parent, unsigned *count)
{
    if (node == NULL) {
        return 0;
    }
    assert_ptr_equal(node->parent, parent);
    assert_true(parent == NULL || parent->key <= node->key);
    uint32_t left = check_node(node->left, node, count);
    uint32_t right = check_node(node->right, node, count);
    assert_true(left >= right);
    assert_int_equal(node->rank, right + 1);
    ++*count;
    return node->rank;
}

static void heap_is_like_an_array(void **state)
{
    (void)state;
    struct heap heap = {NULL};
    unsigned members = 0;
    srand(7);
    for (unsigned step = 0; step < 20000; step++) {
        struct heap_node *node = &nodes[rand() % NODES];
        if (heap_contains(node)) {
            heap_remove(&heap, node);
            members--;
        } else {
            heap_insert(&heap, node, rand() % 50);
            members++;
        }
        unsigned count = 0;
        check_node(heap.root, NULL, &count);
        assert_int_equal(count, members);
        uint64_t smallest = UINT64_MAX;
        for (unsigned n = 0; n < NODES; n++) {
            if (heap_contains(&nodes[n]) && nodes[n].key < smallest) {
                smallest = nodes[n].key;
            }
        }
        assert_true(members == 0 ? heap.root == NULL : heap.root->key == smallest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(heap_is_like_an_array)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
