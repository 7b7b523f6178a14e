/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the capability code share: the system calls on a machine of a few MiB, and checks of its state. The names of
 * the tests say what they show; those with K and a number cover that row of the page on hostile input. A refused call is one
 * that returns the expected error and leaves every byte of memory and every count as it was.
 */
#ifndef TEST_CAPS_H
#define TEST_CAPS_H

#include "machine.h"

#define KIB 1024ul
#define ALL (~0ul)
#define S(n) CPTR(1, n) /* the tests' own slots */
#define T(n) CPTR(2, n)
#define BASE MACHINE_ARENA_BASE
#define VA 0x8000000000ul /* what T(0) ... T(3) of address_space() translate */

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

#define refused(error, call)                                                                                           \
    do {                                                                                                               \
        remember();                                                                                                    \
        assert_int_equal(call, error);                                                                                 \
        unchanged(#call, __LINE__);                                                                                    \
    } while (0)

#define done(call) assert_int_equal(call, ERR_OK)

/* The state of the machine now; and that it is still so after `what`. */
void remember(void);
void unchanged(const char *what, int line);
/* Every invariant holds. */
void consistent(void);

/* System calls. */
err_t copy(capref_t dst, capref_t src);
err_t mint(capref_t dst, capref_t src, uint64_t rights, uint64_t badge, uint64_t flags);
err_t move(capref_t dst, capref_t src);
err_t delete (capref_t slot);
err_t revoke(capref_t slot);
err_t split(capref_t dst, capref_t src, uint64_t at);
err_t retype(capref_t dst, capref_t src, uint64_t offset, uint64_t type, uint64_t bytes, uint64_t count);
err_t map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
          capref_t dst);
err_t map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
              capref_t dst);
err_t map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t dst);
err_t unmap(cptr_t vnode, capref_t mapping);
err_t protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes);

/* What the monitor does for a revoke that is too large for one call. */
err_t revoke_all(capref_t ref);

/* A block of RAM in S(0) and a four-level address space in T(0) ... T(3), its tables' Mappings in T(4) ... T(6). */
void address_space(uint64_t bytes);
/* What an access at va in it reaches (machine_touch). */
uint64_t touch(vaddr_t va);

/* Before and after every test: then everything that was allocated comes back once its CSpace's slots are empty. */
int start(void **state);
int finish(void **state);

#endif
