/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF reader: what to map where, of a statically linked little-endian AArch64 executable (ELF-64 Object File
 * Format 1.5; ELF for the Arm 64-bit Architecture). Pure functions on bytes that may be anything: every count, offset
 * and size is checked before it is used, and an answer of ERR_OK means that all of `struct elf_image` is consistent:
 * segments lie in the file and in [VADDR_PROGRAM, ELF_ADDRESS_END), do not share a page, none is
 * writable and executable, the entry point is in an executable one.
 */
#ifndef ELF_ELF_H
#define ELF_ELF_H

#include <abi/errors.h>
#include <abi/slots.h>
#include <abi/syscall.h>
#include <abi/types.h>

#define ELF_SEGMENTS_MAX 8
#define ELF_ADDRESS_END 0x30000000 /* a program ends below: the first thread's stack lies above */

struct elf_segment {
    vaddr_t va;
    uint64_t offset;     /* in the file; congruent to va modulo a page */
    uint64_t file_bytes; /* <= bytes; the rest is zero */
    uint64_t bytes;      /* > 0 */
    uint32_t attributes; /* MAP_* */
};

struct elf_image {
    vaddr_t entry;
    uint32_t segment_count; /* at least 1, by ascending va */
    struct elf_segment segment[ELF_SEGMENTS_MAX];
    /* PT_TLS; tls_bytes 0: none. The initial bytes lie in the file part of a segment. */
    vaddr_t tls_va;
    uint64_t tls_file_bytes;
    uint64_t tls_bytes;
    uint64_t tls_align; /* power of two, at least 1, at most a page */
};

/*
 * Read the headers of `bytes` of `file`. ERR_ELF_HEADER (not such a file), ERR_ELF_BOUNDS (something lies outside the
 * file), ERR_ELF_SEGMENT (overlap, wrap, alignment, sizes, address), ERR_ELF_WX, ERR_ELF_ENTRY, ERR_TOO_MANY
 * (segments).
 */
err_t elf_read(const void *file, uint64_t bytes, struct elf_image *image);

#define ELF_FUNCTION_NAME_MAX 47

struct elf_function {
    char name[ELF_FUNCTION_NAME_MAX + 1]; /* cut to fit; what cannot be printed is '?' */
    uint64_t offset;                      /* of the address in it, bytes */
};

/*
 * The function that `address` lies in. ERR_NOT_FOUND: the file's symbol table has none there, or it has no such table;
 * ERR_ELF_HEADER, ERR_ELF_BOUNDS.
 */
err_t elf_function_find(const void *file, uint64_t bytes, vaddr_t address, struct elf_function *function);

#endif
