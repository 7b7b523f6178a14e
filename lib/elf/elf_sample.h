/* SPDX-License-Identifier: BSD-2-Clause */
/* A small correct executable for the tests: text, constants, data with .bss, TLS, and a symbol table (in the text, where
 * it is in nobody's way): `start` is [0, 0x20) of the text, `main` [0x20, 0x100), and there is data called `main` too. */
#ifndef ELF_SAMPLE_H
#define ELF_SAMPLE_H

#include <elf/elf.h>
#include <stddef.h>
#include <string.h>

struct elf_sample {
    struct {
        uint8_t ident[16];
        uint16_t type, machine;
        uint32_t version;
        uint64_t entry, phoff, shoff;
        uint32_t flags;
        uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
    } header;
    struct {
        uint32_t type, flags;
        uint64_t offset, va, pa, file_bytes, bytes, align;
    } program[4];
    struct {
        uint32_t name, type;
        uint64_t flags, va, offset, bytes;
        uint32_t link, info;
        uint64_t align, entry_bytes;
    } section[3];
    struct {
        uint32_t name;
        uint8_t info, other;
        uint16_t section;
        uint64_t value, bytes;
    } symbol[4];
    char strings[16];
    uint8_t rest[0x2200 - 64 - 4 * 56 - 3 * 64 - 4 * 24 - 16];
};
_Static_assert(sizeof(struct elf_sample) == 0x2200, "elf_sample has gaps");

static inline void elf_sample_symbols(struct elf_sample *sample)
{
    sample->header.shoff = offsetof(struct elf_sample, section);
    sample->header.shentsize = 64;
    sample->header.shnum = 3;
    sample->section[1].type = 2;
    sample->section[1].offset = offsetof(struct elf_sample, symbol);
    sample->section[1].bytes = sizeof sample->symbol;
    sample->section[1].link = 2;
    sample->section[2].type = 3;
    sample->section[2].offset = offsetof(struct elf_sample, strings);
    sample->section[2].bytes = sizeof sample->strings;
    memcpy(sample->strings, "\0start\0main", 12);
    static const struct {
        uint32_t name;
        uint8_t info;
        uint64_t at, bytes;
    } symbols[3] = {{7, 0x11, 0x20, 8}, {1, 0x12, 0, 0x20}, {7, 2, 0x20, 0xe0}};
    for (unsigned i = 0; i < 3; i++) {
        sample->symbol[i + 1].name = symbols[i].name;
        sample->symbol[i + 1].info = symbols[i].info;
        sample->symbol[i + 1].value = VADDR_PROGRAM + symbols[i].at;
        sample->symbol[i + 1].bytes = symbols[i].bytes;
    }
}

static inline void elf_sample_make(struct elf_sample *sample)
{
    memset(sample, 0, sizeof *sample);
    memcpy(sample->header.ident, "\177ELF\2\1\1", 7);
    sample->header.type = 2;
    sample->header.machine = 183;
    sample->header.version = 1;
    sample->header.entry = VADDR_PROGRAM + 0x100;
    sample->header.phoff = 64;
    sample->header.phentsize = 56;
    sample->header.phnum = 4;
    for (unsigned i = 0; i < 3; i++) {
        static const uint32_t flags[3] = {5, 4, 6};
        sample->program[i].type = 1;
        sample->program[i].flags = flags[i];
        sample->program[i].offset = i * 0x1000;
        sample->program[i].va = VADDR_PROGRAM + i * 0x1000;
        sample->program[i].file_bytes = i < 2 ? 0x1000 : 0x200;
        sample->program[i].bytes = i < 2 ? 0x1000 : 0x5000;
        sample->program[i].align = 0x1000;
    }
    sample->program[3].type = 7;
    sample->program[3].offset = 0x2100;
    sample->program[3].va = VADDR_PROGRAM + 0x2100;
    sample->program[3].file_bytes = 0x20;
    sample->program[3].bytes = 0x40;
    sample->program[3].align = 16;
    elf_sample_symbols(sample);
}

#endif
