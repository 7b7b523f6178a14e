/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the virtual address space (TTBR1, 48 bits). For C, assembly and the linker script.
 *
 *   DIRECT_MAP       all RAM that the kernel may touch, at DIRECT_MAP + physical address
 *   KERNEL_VIRT      the kernel image, wherever it was loaded; 4 KiB pages, W^X
 *   WINDOW_VIRT      2 MiB windows: device registers and the device tree
 *   PEER_VIRT        for each other core the page in which it hears of us
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define DIRECT_MAP 0xffff000000000000
#define DIRECT_MAP_BITS 42 /* physical addresses that it can hold */
#define KERNEL_VIRT 0xffffffff80000000
#define KERNEL_IMAGE_MAX 0x00100000 /* init included; what one ADR reaches (-mcmodel=tiny) */
#define WINDOW_VIRT 0xffffffffc0000000
#define WINDOW_COUNT 64
#define PEER_VIRT 0xffffffffe0000000

#endif
