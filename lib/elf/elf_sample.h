/* SPDX-License-Identifier: BSD-2-Clause */
/* A small correct executable for the tests: text, constants, data with .bss, TLS. */
#ifndef ELF_SAMPLE_H
#define ELF_SAMPLE_H

#include <elf/elf.h>
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
    uint8_t rest[0x2200 - 64 - 4 * 56];
};

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
}

#endif
