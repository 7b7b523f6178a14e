/* SPDX-License-Identifier: BSD-2-Clause */
/* The file header of ELF-64, which all of the library reads the same way: copied out, since its alignment is anybody's guess. */
#ifndef ELF_FORMAT_H
#define ELF_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct file_header { /* Elf64_Ehdr */
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1

/* False: not a little-endian ELF-64 file of version 1. */
static inline bool elf_header_read(const void *file, uint64_t bytes, struct file_header *header)
{
    static const uint8_t ident[7] = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE, 1};
    if (bytes < sizeof *header) return false;
    memcpy(header, file, sizeof *header);
    return memcmp(header->ident, ident, sizeof ident) == 0;
}

#endif
