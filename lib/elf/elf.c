/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF reader. Headers are copied out of the file before they are looked at, so their alignment does not matter and
 * a file that changes under our feet is read once.
 */
#include "format.h"
#include <elf/elf.h>
#include <stdbool.h>
#include <string.h>

struct program_header { /* Elf64_Phdr */
    uint32_t type, flags;
    uint64_t offset, va, pa, file_bytes, bytes, align;
};

#define TYPE_EXECUTABLE 2
#define MACHINE_AARCH64 183
#define SEGMENT_LOAD 1
#define SEGMENT_DYNAMIC 2
#define SEGMENT_INTERPRETER 3
#define SEGMENT_TLS 7
#define FLAG_X 1
#define FLAG_W 2
#define FLAG_R 4
#define PROGRAM_HEADERS_MAX 64

static err_t read_header(const void *file, uint64_t bytes, struct file_header *header)
{
    if (!elf_header_read(file, bytes, header)) return ERR_ELF_HEADER;
    if (header->type != TYPE_EXECUTABLE || header->machine != MACHINE_AARCH64 || header->version != 1 ||
        header->phentsize != sizeof(struct program_header) || header->phnum == 0) {
        return ERR_ELF_HEADER;
    }
    if (header->phnum > PROGRAM_HEADERS_MAX) return ERR_TOO_MANY;
    uint64_t table = header->phnum * sizeof(struct program_header);
    if (header->phoff > bytes || bytes - header->phoff < table) return ERR_ELF_BOUNDS;
    return ERR_OK;
}

static uint64_t page_down(uint64_t value)
{
    return value & ~(uint64_t)PAGE_MASK;
}
static uint64_t page_up(uint64_t value)
{
    return (value + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

static uint32_t attributes_of(uint32_t flags)
{
    return (flags & FLAG_R ? MAP_READ : 0) | (flags & FLAG_W ? MAP_WRITE : 0) | (flags & FLAG_X ? MAP_EXECUTE : 0);
}

/* What holds for PT_LOAD and PT_TLS: the file part is in the file, the memory in the program's addresses. */
static err_t check_extent(const struct program_header *header, uint64_t file_size)
{
    if (header->offset > file_size || file_size - header->offset < header->file_bytes) return ERR_ELF_BOUNDS;
    if (header->bytes < header->file_bytes) return ERR_ELF_SEGMENT;
    if (header->va < VADDR_PROGRAM || header->va > ELF_ADDRESS_END || ELF_ADDRESS_END - header->va < header->bytes) {
        return ERR_ELF_SEGMENT;
    }
    return ERR_OK;
}

static err_t add_segment(struct elf_image *image, const struct program_header *header, uint64_t file_size)
{
    err_t err = check_extent(header, file_size);
    if (err) return err;
    if (header->bytes == 0) return ERR_OK;
    if ((header->flags & FLAG_W) && (header->flags & FLAG_X)) return ERR_ELF_WX;
    if (!(header->flags & FLAG_R) || (header->va & PAGE_MASK) != (header->offset & PAGE_MASK)) return ERR_ELF_SEGMENT;
    /* Only what is writable is copied, so only there can memory go on where the file ends. */
    if (!(header->flags & FLAG_W) && header->bytes != header->file_bytes) return ERR_ELF_SEGMENT;
    if (image->segment_count == ELF_SEGMENTS_MAX) return ERR_TOO_MANY;
    if (image->segment_count > 0) {
        const struct elf_segment *last = &image->segment[image->segment_count - 1];
        if (page_down(header->va) < page_up(last->va + last->bytes)) return ERR_ELF_SEGMENT;
    }
    image->segment[image->segment_count++] = (struct elf_segment){
        .va = header->va,
        .offset = header->offset,
        .file_bytes = header->file_bytes,
        .bytes = header->bytes,
        .attributes = attributes_of(header->flags),
    };
    return ERR_OK;
}

static err_t set_tls(struct elf_image *image, const struct program_header *header, uint64_t file_size)
{
    err_t err = check_extent(header, file_size);
    if (err) return err;
    uint64_t align = header->align ? header->align : 1;
    if (image->tls_bytes != 0 || (align & (align - 1)) != 0 || align > PAGE_SIZE) return ERR_ELF_SEGMENT;
    image->tls_va = header->va;
    image->tls_file_bytes = header->file_bytes;
    image->tls_bytes = header->bytes;
    image->tls_align = align;
    return ERR_OK;
}

/* The initial TLS bytes must be readable where the header says, and what is executed must be. */
static err_t check_image(const struct elf_image *image)
{
    bool entry = false;
    bool tls = image->tls_file_bytes == 0;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        uint64_t within = image->entry - segment->va;
        if (image->entry >= segment->va && within < segment->file_bytes && (segment->attributes & MAP_EXECUTE)) {
            entry = (image->entry & 3) == 0;
        }
        within = image->tls_va - segment->va;
        if (image->tls_va >= segment->va && within <= segment->file_bytes &&
            segment->file_bytes - within >= image->tls_file_bytes) {
            tls = true;
        }
    }
    if (!entry) return ERR_ELF_ENTRY;
    return tls ? ERR_OK : ERR_ELF_SEGMENT;
}

err_t elf_read(const void *file, uint64_t bytes, struct elf_image *image)
{
    struct file_header header;
    err_t err = read_header(file, bytes, &header);
    if (err) return err;
    *image = (struct elf_image){.entry = header.entry, .tls_align = 1};
    const uint8_t *table = (const uint8_t *)file + header.phoff;
    for (uint32_t i = 0; i < header.phnum; i++) {
        struct program_header segment;
        memcpy(&segment, table + i * sizeof segment, sizeof segment);
        if (segment.type == SEGMENT_LOAD) {
            err = add_segment(image, &segment, bytes);
        } else if (segment.type == SEGMENT_TLS) {
            err = set_tls(image, &segment, bytes);
        } else if (segment.type == SEGMENT_DYNAMIC || segment.type == SEGMENT_INTERPRETER) {
            err = ERR_ELF_HEADER;
        }
        if (err) return err;
    }
    return check_image(image);
}
