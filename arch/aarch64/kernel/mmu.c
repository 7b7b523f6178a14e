/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's page tables. They all come from one pool inside the image, and are found by offsets in it, so that the same code
 * builds the first ones with the MMU off (when addresses are physical), the rest with it on, and the first ones of another
 * core's image. Blocks of 1 GiB and 2 MiB where alignment allows. The image's text and constants (not init) are left out of
 * the direct map: no address at which they could be written exists.
 */
#include <abi/types.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <kernel/dispatcher.h>
#include <kernel/init_image.h>
#include <stddef.h>

#define POOL_TABLES 32
#define ENTRIES 512
#define DESC_TABLE 3ull
#define DESC_PAGE 3ull
#define DESC_BLOCK 1ull
#define DESC_PADDR 0x0000fffffffff000ull
#define DIRECT (MMU_NORMAL | MMU_NO_EXECUTE)

extern char image_start[], image_rodata[], image_data[], image_end[], kernel_guard[], kernel_stack[];

/* All of them start as zeros. start.S knows where the roots are. */
struct kernel_tables {
    uint64_t root[ENTRIES];
    uint64_t user[ENTRIES]; /* the user half's root while nobody runs: at first the identity map, then empty */
    uint64_t pool[POOL_TABLES][ENTRIES];
    unsigned used;         /* of the pool */
    unsigned windows_used; /* of WINDOW_COUNT */
    paddr_t image;         /* physical address of image_start */
} kernel_tables __attribute__((aligned(4096)));

#define KERNEL_TABLES_OFFSET ((uint64_t)((char *)&kernel_tables - image_start))

static uint64_t asid_next = 1;
static uint64_t asid_limit;

paddr_t image_paddr(const void *address)
{
    return kernel_tables.image + (uint64_t)address - (uint64_t)image_start;
}

/* Of a table (or of the structure itself). */
static paddr_t table_paddr(const struct kernel_tables *t, const void *table)
{
    return t->image + KERNEL_TABLES_OFFSET + (uint64_t)table - (uint64_t)t;
}

/* The table that `entry` points to, made if there is none yet. */
static uint64_t *table_below(struct kernel_tables *t, uint64_t *entry)
{
    if (*entry & 1) {
        return (uint64_t *)((char *)t + ((*entry & DESC_PADDR) - table_paddr(t, t)));
    }
    if (t->used == POOL_TABLES) {
        return NULL;
    }
    uint64_t *table = t->pool[t->used++];
    *entry = table_paddr(t, table) | DESC_TABLE;
    return table;
}

/* Map [va, va + bytes) to pa with the largest blocks that fit. All multiples of 4 KiB; nothing there may be mapped yet. */
static bool map_range(struct kernel_tables *t, uint64_t *root, vaddr_t va, paddr_t pa, uint64_t bytes, uint64_t attributes)
{
    while (bytes) {
        uint64_t *table = root;
        unsigned shift = 39;
        for (;;) {
            uint64_t *entry = &table[va >> shift & (ENTRIES - 1)];
            uint64_t size = 1ull << shift;
            if (shift <= 30 && bytes >= size && ((va | pa) & (size - 1)) == 0 && !(*entry & 1)) {
                do { /* as many of the table's as follow */
                    *entry++ = pa | attributes | (shift == PAGE_BITS ? DESC_PAGE : DESC_BLOCK);
                    va += size;
                    pa += size;
                    bytes -= size;
                } while (bytes >= size && (va >> shift & (ENTRIES - 1)) && !(*entry & 1));
                break;
            }
            table = shift == PAGE_BITS ? NULL : table_below(t, entry);
            if (!table) {
                return false;
            }
            shift -= 9;
        }
    }
    return true;
}

static bool image_map(struct kernel_tables *t, const char *from, const char *to, uint64_t attributes)
{
    uint64_t offset = (uint64_t)(from - image_start);
    return map_range(t, t->root, KERNEL_VIRT + offset, t->image + offset, (uint64_t)(to - from), attributes | MMU_NORMAL);
}

/* Image and identity map of start.S, which is in the image's first page. */
static bool tables_build(struct kernel_tables *t, paddr_t image)
{
    t->image = image;
    return image_map(t, image_start, image_rodata, MMU_READ_ONLY | MMU_KERNEL_X) &&
           image_map(t, image_rodata, image_data, MMU_READ_ONLY | MMU_NO_EXECUTE) &&
           image_map(t, image_data, kernel_guard, MMU_NO_EXECUTE) &&
           image_map(t, kernel_stack, image_end, MMU_NO_EXECUTE) &&
           map_range(t, t->user, image, image, PAGE_SIZE, MMU_READ_ONLY | MMU_KERNEL_X | MMU_NORMAL);
}

void mmu_early(void)
{
    tables_build(&kernel_tables, (paddr_t)image_start); /* the MMU is off */
}

bool mmu_prepare(void *view, paddr_t image)
{
    struct kernel_tables *t = (struct kernel_tables *)((char *)view + KERNEL_TABLES_OFFSET);
    bool done = tables_build(t, image);
    cache_flush(t, offsetof(struct kernel_tables, pool) + t->used * sizeof(t->pool[0]));
    return done;
}

static void tlb_invalidate(void)
{
    barrier_dsb(ishst);
    __asm__ volatile("tlbi vmalle1" ::: "memory");
    barrier_dsb(nsh);
    barrier_isb();
}

void mmu_drop_identity(void)
{
    kernel_tables.user[kernel_tables.image >> 39 & (ENTRIES - 1)] = 0;
    core.translation = image_paddr(kernel_tables.user);
    asid_limit = (sysreg_read(tcr_el1) & 1ull << 36) ? 1 << 16 : 1 << 8;
    tlb_invalidate();
}

static bool direct_map(paddr_t base, paddr_t end)
{
    return map_range(&kernel_tables, kernel_tables.root, DIRECT_MAP + base, base, end - base, DIRECT);
}

bool mmu_map_ram(paddr_t base, uint64_t bytes)
{
    paddr_t hole = image_paddr(image_start), hole_end = image_paddr(init_image_start), end = base + bytes;
    bool done = true;
    if (hole >= base && hole < end) {
        done = direct_map(base, hole);
        base = hole_end < end ? hole_end : end;
    }
    done = done && direct_map(base, end);
    barrier_dsb(ishst);
    barrier_isb();
    return done;
}

/* The entry for va in the table whose entries are 1 << shift each, where there is none made; NULL: no table left. */
static uint64_t *entry_find(vaddr_t va, unsigned shift)
{
    uint64_t *table = kernel_tables.root;
    for (unsigned s = 39; table && s > shift; s -= 9) {
        table = table_below(&kernel_tables, &table[va >> s & (ENTRIES - 1)]);
    }
    return table ? &table[va >> shift & (ENTRIES - 1)] : NULL;
}

void *mmu_window(paddr_t base, uint64_t bytes, bool normal)
{
    paddr_t first = base & ~(paddr_t)PAGE_MASK;
    uint64_t length = (base - first + bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    uint64_t size = 2 * MIB; /* every window starts at 2 MiB, so that it costs one page table at most */
    unsigned count = (unsigned)((length + size - 1) / size);
    if (bytes == 0 || length > WINDOW_COUNT * size || kernel_tables.windows_used + count > WINDOW_COUNT) {
        return NULL;
    }
    vaddr_t va = WINDOW_VIRT + kernel_tables.windows_used * size;
    kernel_tables.windows_used += count;
    uint64_t attributes = normal ? MMU_NORMAL | MMU_READ_ONLY | MMU_NO_EXECUTE : MMU_DEVICE | MMU_NO_EXECUTE;
    if (!map_range(&kernel_tables, kernel_tables.root, va, first, length, attributes)) {
        return NULL;
    }
    barrier_dsb(ishst);
    barrier_isb();
    return (void *)(va + (base - first));
}

/* Take the last window back, which one page table of its own maps. */
void mmu_window_drop(void *window, uint64_t bytes)
{
    vaddr_t va = (vaddr_t)window;
    kernel_tables.windows_used--;
    for (vaddr_t at = va; at < va + bytes; at += PAGE_SIZE) {
        *entry_find(at, PAGE_BITS) = 0;
    }
    tlb_invalidate();
}

/* A block of 1 GiB becomes a table of 2 MiB blocks. Nobody uses the direct map while it is not there. */
static bool block_split(uint64_t *entry)
{
    struct kernel_tables *t = &kernel_tables;
    uint64_t block = *entry;
    if ((block & DESC_TABLE) != DESC_BLOCK) {
        return true;
    }
    if (t->used == POOL_TABLES) {
        return false;
    }
    uint64_t *table = t->pool[t->used++];
    for (unsigned i = 0; i < ENTRIES; i++) {
        table[i] = block + (uint64_t)i * 2 * MIB;
    }
    *entry = 0;
    tlb_invalidate();
    *entry = table_paddr(t, table) | DESC_TABLE;
    return true;
}

bool mmu_direct(paddr_t base, uint64_t bytes, bool present)
{
    paddr_t end = base + bytes;
    for (paddr_t at = base; at < end; at += 2 * MIB) {
        uint64_t *entry = entry_find(DIRECT_MAP + at, 30);
        if (!entry || !block_split(entry)) {
            return false;
        }
    }
    for (paddr_t at = base; at < end; at += 2 * MIB) {
        *entry_find(DIRECT_MAP + at, 21) = present ? at | DIRECT | DESC_BLOCK : 0;
    }
    tlb_invalidate();
    return true;
}

void *mmu_peer_map(unsigned core, paddr_t page)
{
    vaddr_t va = PEER_VIRT + (uint64_t)core * PAGE_SIZE;
    uint64_t *entry = entry_find(va, PAGE_BITS);
    if (!entry) {
        return NULL;
    }
    *entry = 0; /* of a core that was started here before, and failed */
    tlb_invalidate();
    *entry = page | DIRECT | DESC_PAGE;
    barrier_dsb(ishst);
    barrier_isb();
    return (void *)va;
}

/* A dispatcher's `translation` is its root table until it gets an ASID; `asid_generation` says of which generation that is. */
void mmu_user_set(struct dcb *dcb, paddr_t root)
{
    dcb->translation = root;
    dcb->asid_generation = 0;
}

static void user_write(uint64_t value)
{
    core.translation = value;
    sysreg_write(ttbr0_el1, value);
}

void mmu_user_lost(struct dcb *dcb)
{
    if (dcb->translation && core.translation == dcb->translation) {
        user_write(image_paddr(kernel_tables.user));
        barrier_isb();
    }
    dcb->translation = 0;
}

void mmu_asid_assign(struct dcb *dcb)
{
    if (asid_next == asid_limit) {
        core.generation++;
        asid_next = 1;
        user_write(image_paddr(kernel_tables.user)); /* nothing may refill under an old ASID */
        barrier_isb();
        tlb_invalidate();
    }
    dcb->asid_generation = core.generation;
    dcb->translation = (dcb->translation & DESC_PADDR) | asid_next << 48;
    asid_next++;
}
