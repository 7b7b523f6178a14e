/* SPDX-License-Identifier: BSD-2-Clause */
/* For host tests of what a monitor does, included before everything: which core it is says the test, for nothing is mapped where the kernel puts that. */
#ifndef ONE_OF_CORES_TEST_H
#define ONE_OF_CORES_TEST_H

#include <abi/bootinfo.h>

extern struct bootinfo test_bootinfo;
#undef VADDR_BOOTINFO
#define VADDR_BOOTINFO (&test_bootinfo)

#endif
