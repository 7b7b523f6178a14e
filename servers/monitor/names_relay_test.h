/* SPDX-License-Identifier: BSD-2-Clause */
/* For names_relay_test, included before everything: which core it is says the test, for nothing is mapped where the kernel puts that. */
#ifndef NAMES_RELAY_TEST_H
#define NAMES_RELAY_TEST_H

#include <abi/bootinfo.h>

extern struct bootinfo test_bootinfo;
#undef VADDR_BOOTINFO
#define VADDR_BOOTINFO (&test_bootinfo)

#endif
