/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the kernel image: linked at one high virtual address, loaded anywhere that is 2 MiB-aligned.
 * Parts with different rights start on a page of their own (mmu.c maps them so). What has no bytes in the
 * file comes last; `noinit` (stack, first page tables) is not even cleared.
 */
#include <arch/layout.h>

OUTPUT_ARCH(aarch64)
ENTRY(_start)

SECTIONS
{
    . = KERNEL_VIRT;
    image_start = .;
    .text : {
        KEEP(*(.text.vectors))  /* they begin with the header */
        *start.o(.text.head)    /* within the first page */
        *(.text.head)
        *(.text .text.*)
    }
    . = ALIGN(4096);
    image_rodata = .;
    .rodata : {
        *(.rodata .rodata.*)
    }
    . = ALIGN(4096);
    .initimage : {
        KEEP(*(.initimage))
    }
    . = ALIGN(4096);
    image_data = .;
    .data : {
        *(.data .data.*)
        data_end = .;
        . = ALIGN(4096);
    }
    image_file_end = .;
    bss_start = .;
    .bss (NOLOAD) : {
        *(.bss .bss.* COMMON)
        . = ALIGN(128);
    }
    bss_end = .;
    . = ALIGN(4096);
    .noinit (NOLOAD) : {
        *(.noinit .noinit.*)
    }
    . = ALIGN(4096);
    image_end = .;

    image_bytes = image_end - image_start;

    /DISCARD/ : {
        *(.comment) *(.note*) *(.eh_frame*) *(.interp)
    }
}

ASSERT(image_bytes <= KERNEL_IMAGE_MAX, "the kernel image is larger than its window: what of it is configurable must shrink")
