/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address space of a process. The shell asks its own library. Nobody can make another process tell what it means to
 * do with its addresses; but its capabilities (proc's caps) say which pages are mapped: each Mapping names a page table and
 * the first entry there, and each page table but the root has itself a Mapping, in the table above.
 */
#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <cores/cores.h>
#include <idl/proc.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include "shell.h"

#define PAGE_CAPS 32
#define LEVELS 4

/* A page table: where it lies in memory, its level, and the first address that it translates, once that is known. */
struct table {
    uint64_t base;
    uint32_t level;
    bool known;
    vaddr_t va;
};

/* A run of entries of a table. */
struct range {
    struct table *table;
    uint64_t target; /* physical */
    uint64_t badge;
    uint64_t bytes;
    vaddr_t va;
    uint32_t rights;
    bool known;
};

struct space {
    struct table *tables;
    size_t table_count;
    struct range *ranges;
    size_t range_count;
};

static char *rights_text(uint32_t rights, char text[4])
{
    text[0] = rights & MAP_READ ? 'r' : '-';
    text[1] = rights & MAP_WRITE ? 'w' : '-';
    text[2] = rights & MAP_EXECUTE ? 'x' : '-';
    text[3] = '\0';
    return text;
}

/* The shell's own. */

static int pmap_self(void)
{
    struct paging_region region;
    char rights[4], reserved[FORMAT_BYTES], backed[FORMAT_BYTES];
    uint64_t all = 0, all_backed = 0;
    printf("%-25s %-6s %8s %8s %-8s %s\n", "ADDRESSES", "RIGHTS", "RESERVED", "BACKED", "KIND", "NAME");
    for (vaddr_t va = 0; paging_next(va, &region) == ERR_OK; va = region.base + region.bytes) {
        uint64_t bytes = paging_backed(region.base, region.bytes);
        printf("%012llx-%012llx %-6s %8s %8s %-8s %s\n", (unsigned long long)region.base,
               (unsigned long long)(region.base + region.bytes), rights_text(region.attributes, rights),
               bytes_text(region.bytes, reserved), bytes_text(bytes, backed), region.kind,
               region.name != NULL ? region.name : "");
        all += region.bytes;
        all_backed += bytes;
    }
    printf("%s reserved, %s backed\n", bytes_text(all, reserved), bytes_text(all_backed, backed));
    return STATUS_OK;
}

/* Another process's. */

/* One more at the end of an array, which is moved when its length is a power of two; 0: no memory. */
static void *append(void *array, size_t *count, size_t size)
{
    if ((*count & (*count - 1)) == 0) {
        void *moved = realloc(*(void **)array, size * (*count ? 2 * *count : 1));
        if (moved == NULL) {
            return NULL;
        }
        *(void **)array = moved;
    }
    return (char *)*(void **)array + size * (*count)++;
}

static bool take(struct space *space, const struct proc_capability *cap)
{
    if (cap->type >= CAP_VNODE0 && cap->type <= CAP_VNODE3) {
        struct table *table = append(&space->tables, &space->table_count, sizeof *table);
        bool root = cap->cptr == SLOT_VSPACE;
        if (table != NULL) {
            *table = (struct table){.base = cap->base, .level = cap->type - CAP_VNODE0, .known = root};
        }
        return table != NULL;
    }
    if (cap->type == CAP_MAPPING) {
        struct range *range = append(&space->ranges, &space->range_count, sizeof *range);
        if (range != NULL) {
            *range = (struct range){.target = cap->base, .badge = cap->badge, .bytes = cap->bytes, .rights = cap->rights};
        }
        return range != NULL;
    }
    return true;
}

static int by_base(const void *a, const void *b)
{
    const struct table *x = a, *y = b;
    return (x->base > y->base) - (x->base < y->base);
}

static int by_address(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    return x->known != y->known ? (x->known ? -1 : 1) : (x->va > y->va) - (x->va < y->va);
}

static struct table *table_at(const struct space *space, uint64_t base)
{
    struct table key = {.base = base};
    return bsearch(&key, space->tables, space->table_count, sizeof key, by_base);
}

/* Give addresses to everything, from the root down; what hangs nowhere stays unknown, and a table's own range becomes it again. */
static void resolve(struct space *space)
{
    qsort(space->tables, space->table_count, sizeof *space->tables, by_base);
    for (size_t i = 0; i < space->range_count; i++) {
        space->ranges[i].table = table_at(space, space->ranges[i].badge & ~(uint64_t)PAGE_MASK);
    }
    for (unsigned level = 0; level < LEVELS; level++) {
        for (size_t i = 0; i < space->range_count; i++) {
            struct range *range = &space->ranges[i];
            if (range->table == NULL || range->table->level != level || !range->table->known) {
                continue;
            }
            range->va = range->table->va + ((range->badge & PAGE_MASK) << (PAGE_BITS + 9 * (3 - level)));
            struct table *below = level < 3 ? table_at(space, range->target) : NULL;
            if (below != NULL && below->level == level + 1) {
                below->va = range->va;
                below->known = true;
            } else {
                range->known = true;
            }
        }
    }
    qsort(space->ranges, space->range_count, sizeof *space->ranges, by_address);
}

/* What programs have at an address is fixed below VADDR_DYNAMIC; above, the process chooses. */
static const char *place_name(vaddr_t va)
{
    if (va >= VADDR_DYNAMIC) {
        return "heap, stacks, frames, records";
    }
    if (va >= VADDR_FRAME) {
        return "dispatcher";
    }
    if (va >= VADDR_INFO) {
        return "spawn description";
    }
    return va >= VADDR_STACK_TOP - SPAWN_STACK_BYTES ? "stack" : "program";
}

static void print_all(const struct space *space)
{
    char rights[4], bytes[FORMAT_BYTES];
    uint64_t all = 0;
    printf("%-25s %-7s %8s %s\n", "ADDRESSES", "AT MOST", "BACKED", "WHAT");
    for (size_t i = 0, end; i < space->range_count && space->ranges[i].known; i = end) {
        const struct range *first = &space->ranges[i];
        vaddr_t top = first->va + first->bytes;
        for (end = i + 1; end < space->range_count; end++) {
            const struct range *next = &space->ranges[end];
            if (!next->known || next->va != top || next->rights != first->rights) {
                break;
            }
            top += next->bytes;
        }
        all += top - first->va;
        printf("%012llx-%012llx %-7s %8s %s\n", (unsigned long long)first->va, (unsigned long long)top,
               rights_text(first->rights, rights), bytes_text(top - first->va, bytes), place_name(first->va));
    }
    printf("%s backed; what is only reserved, only the process itself knows\n", bytes_text(all, bytes));
}

static int pmap_other(const char *text, pid_abi_t pid)
{
    static struct proc_capability page[PAGE_CAPS];
    struct space space = {0};
    uint32_t first = 0, count = 0;
    err_t error = ERR_OK;
    do {
        error = proc_caps(cores_proc_of(pid), pid, first, &first, page, PAGE_CAPS, &count);
        for (uint32_t i = 0; error == ERR_OK && i < count; i++) {
            error = take(&space, &page[i]) ? ERR_OK : ERR_NO_MEMORY;
        }
    } while (error == ERR_OK && first != 0);
    if (error == ERR_OK) {
        resolve(&space);
        print_all(&space);
    } else if (error == ERR_NOT_FOUND) {
        fprintf(stderr, "pmap: no process %.24s; 'ps' lists them\n", text);
    } else {
        failed("pmap", text, error);
    }
    free(space.tables);
    free(space.ranges);
    return error == ERR_OK ? STATUS_OK : STATUS_FAILED;
}

int command_pmap(int argc, char **argv)
{
    pid_abi_t pid;
    if (argc > 2) {
        return usage("pmap", "one process at a time");
    }
    if (argc == 1) {
        return pmap_self();
    }
    if (!pid_parse(argv[1], &pid)) {
        fprintf(stderr, "pmap: '%.24s' is not a process id; they look like 0.12 ('ps' lists them)\n", argv[1]);
        return STATUS_USAGE;
    }
    return pid == ((const struct spawn_info *)VADDR_INFO)->pid ? pmap_self() : pmap_other(argv[1], pid);
}
