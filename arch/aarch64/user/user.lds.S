/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a program is laid out: text (behind the headers of the ELF file, which saves a page), read-only data and data in segments of their own, each on pages of its own, so that no page is
 * writable and executable. The bounds of the thread-local image are symbols for lib/threads.
 */
#include <abi/slots.h>

OUTPUT_FORMAT("elf64-littleaarch64")
OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
    text PT_LOAD FILEHDR PHDRS FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    tls PT_TLS FLAGS(4);
}

SECTIONS
{
    . = VADDR_PROGRAM + SIZEOF_HEADERS;
    .text : {
        *(.text.start)
        __guarded_start = .;
        *(.text.guarded)
        __guarded_end = .;
        *(.text .text.*)
    } :text

    . = ALIGN(4096);
    .rodata : {
        *(.rodata .rodata.*)
        . = ALIGN(8);
        __init_array_start = .;
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
        KEEP(*(.init_array))
        __init_array_end = .;
        __fini_array_start = .;
        KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*)))
        KEEP(*(.fini_array))
        __fini_array_end = .;
        __preinit_array_start = .;
        KEEP(*(.preinit_array))
        __preinit_array_end = .;
        __bothinit_array_start = __preinit_array_start;
        __bothinit_array_end = __init_array_end;
    } :rodata
    .eh_frame : { *(.eh_frame .eh_frame.*) } :rodata

    . = ALIGN(4096);
    .data : {
        *(.data .data.*)
    } :data
    .tdata : {
        *(.tdata .tdata.* .gnu.linkonce.td.*)
    } :data :tls
    .tbss : {
        *(.tbss .tbss.* .gnu.linkonce.tb.* .tcommon)
    } :data :tls
    __tls_image = ADDR(.tdata);
    __tls_file_bytes = SIZEOF(.tdata);
    __tls_align = MAX(MAX(ALIGNOF(.tdata), ALIGNOF(.tbss)), 8);
    __tls_bytes = SIZEOF(.tdata) == 0 ? SIZEOF(.tbss) : ADDR(.tbss) + SIZEOF(.tbss) - ADDR(.tdata);
    /* TPIDR points 16 bytes, rounded up to the alignment, below a thread's block. */
    __tls_offset = (16 + __tls_align - 1) & ~(__tls_align - 1);
    __tls_reserve = (__tls_offset + __tls_bytes + MAX(__tls_align, 64) - 1) & ~(MAX(__tls_align, 64) - 1);

    /* The library's first: it is touched where no page fault may happen, so it must be in the part that is backed at birth. */
    .bss (NOLOAD) : {
        *libcapelin.a:*.o(.bss .bss.*)
        *libcapelin.a:*(.bss .bss.*)
        __library_end = .;
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN(8);
    } :data
    __end = .;
    ASSERT(__library_end - ADDR(.bss) <= CONFIG_SPAWN_BSS_KIB * 1024, "SPAWN_BSS_KIB is less than the library's own data")

    /DISCARD/ : {
        *(.comment)
        *(.note .note.*)
        *(.ARM.attributes)
    }
}
