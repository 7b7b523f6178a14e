/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of functions, from the symbol table that stripping of debug information leaves in a file (ELF-64 Object File
 * Format 1.5, sections 5 and 6). For reports only: nothing that is decided depends on it.
 */
#include "format.h"
#include <elf/elf.h>

struct section { /* Elf64_Shdr */
    uint32_t name, type;
    uint64_t flags, va, offset, bytes;
    uint32_t link, info;
    uint64_t align, entry_bytes;
};

struct symbol { /* Elf64_Sym */
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, bytes;
};

#define SECTION_SYMBOLS 2
#define SECTION_STRINGS 3
#define SYMBOL_TYPE(info) ((info)&15)
#define SYMBOL_FUNCTION 2

/* Section `number`, if it and its contents lie in the file. */
static bool section_read(const void *file, uint64_t bytes, const struct file_header *header, uint32_t number,
                         struct section *section)
{
    uint64_t at = header->shoff + number * (uint64_t)sizeof *section;
    if (number >= header->shnum || header->shentsize != sizeof *section) return false;
    if (header->shoff > bytes || at > bytes || bytes - at < sizeof *section) return false;
    memcpy(section, (const uint8_t *)file + at, sizeof *section);
    return section->offset <= bytes && section->bytes <= bytes - section->offset;
}

/* At most what fits, up to the NUL or the end of the strings, and nothing that a terminal would obey. */
static void name_copy(const char *from, uint64_t most, char to[ELF_FUNCTION_NAME_MAX + 1])
{
    unsigned n = 0;
    for (; n < ELF_FUNCTION_NAME_MAX && n < most && from[n] != 0; n++) {
        to[n] = from[n] > ' ' && from[n] < 0x7f ? from[n] : '?';
    }
    to[n] = 0;
}

err_t elf_function_find(const void *file, uint64_t bytes, vaddr_t address, struct elf_function *function)
{
    struct file_header header;
    struct section symbols = {0}, strings;
    if (!elf_header_read(file, bytes, &header)) return ERR_ELF_HEADER;
    for (uint32_t i = 0; i < header.shnum && symbols.type != SECTION_SYMBOLS; i++) {
        if (!section_read(file, bytes, &header, i, &symbols)) symbols.type = 0;
    }
    if (symbols.type != SECTION_SYMBOLS) return ERR_NOT_FOUND;
    if (!section_read(file, bytes, &header, symbols.link, &strings) || strings.type != SECTION_STRINGS) {
        return ERR_ELF_BOUNDS;
    }
    const uint8_t *table = (const uint8_t *)file + symbols.offset;
    for (uint64_t at = 0; symbols.bytes - at >= sizeof(struct symbol); at += sizeof(struct symbol)) {
        struct symbol symbol;
        memcpy(&symbol, table + at, sizeof symbol);
        if (SYMBOL_TYPE(symbol.info) != SYMBOL_FUNCTION || address < symbol.value) continue;
        if (address - symbol.value >= symbol.bytes || symbol.name >= strings.bytes) continue;
        const char *name = (const char *)file + strings.offset + symbol.name;
        name_copy(name, strings.bytes - symbol.name, function->name);
        function->offset = address - symbol.value;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}
