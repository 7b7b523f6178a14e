/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's page tables. They all come from one pool inside the image, so that the same code builds the
 * first ones with the MMU off (when addresses are physical) and the rest with it on. Blocks of 1 GiB and
 * 2 MiB where alignment allows. The image's text and constants (not init) are left out of the direct map: no address
 * at which they could be written exists.
 */
#include <abi/types.h>
#include <arch/layout.h>
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

extern char image_start[], image_rodata[], image_data[], image_end[], kernel_guard[], kernel_stack[], _start[];

/* The roots: linker-visible for start.S. */
uint64_t kernel_root[ENTRIES] __attribute__((aligned(4096), section(".noinit")));
static uint64_t empty_root[ENTRIES] __attribute__((aligned(4096), section(".noinit")));
static uint64_t pool[POOL_TABLES][ENTRIES] __attribute__((aligned(4096), section(".noinit")));
static unsigned pool_used;
static paddr_t image_base; /* physical address of image_start */
static unsigned windows_used;

static uint64_t asid_next = 1;
static uint64_t asid_limit;

paddr_t image_paddr(const void *address)
{
    return image_base + (uint64_t)address - (uint64_t)image_start;
}

static void table_clear(uint64_t *table)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        __asm__ volatile("" ::: "memory"); /* stays a loop: memset may use DC ZVA, which needs the MMU */
        table[i] = 0;
    }
}

/* The table that `entry` points to, made if there is none yet. */
static uint64_t *table_below(uint64_t *entry)
{
    if (*entry & 1) {
        return (uint64_t *)(image_start + ((*entry & DESC_PADDR) - image_base));
    }
    if (pool_used == POOL_TABLES) {
        return NULL;
    }
    uint64_t *table = pool[pool_used++];
    table_clear(table);
    *entry = image_paddr(table) | DESC_TABLE;
    return table;
}

/* Map [va, va + bytes) to pa with the largest blocks that fit. All multiples of 4 KiB; nothing there may be mapped yet. */
static bool map_range(uint64_t *root, vaddr_t va, paddr_t pa, uint64_t bytes, uint64_t attributes)
{
    while (bytes) {
        uint64_t *table = root;
        unsigned shift = 39;
        for (;;) {
            uint64_t *entry = &table[va >> shift & (ENTRIES - 1)];
            uint64_t size = 1ull << shift;
            if (shift <= 30 && bytes >= size && ((va | pa) & (size - 1)) == 0 && !(*entry & 1)) {
                *entry = pa | attributes | (shift == PAGE_BITS ? DESC_PAGE : DESC_BLOCK);
                va += size;
                pa += size;
                bytes -= size;
                break;
            }
            table = shift == PAGE_BITS ? NULL : table_below(entry);
            if (!table) {
                return false;
            }
            shift -= 9;
        }
    }
    return true;
}

static void image_map(const char *from, const char *to, uint64_t attributes)
{
    map_range(kernel_root, KERNEL_VIRT + (uint64_t)from - (uint64_t)image_start, image_paddr(from),
              (uint64_t)to - (uint64_t)from, attributes | MMU_NORMAL);
}

uint64_t mmu_early(void)
{
    image_base = (paddr_t)image_start; /* the MMU is off */
    table_clear(kernel_root);
    table_clear(empty_root);
    image_map(image_start, image_rodata, MMU_READ_ONLY | MMU_KERNEL_X);
    image_map(image_rodata, image_data, MMU_READ_ONLY | MMU_NO_EXECUTE);
    image_map(image_data, kernel_guard, MMU_NO_EXECUTE);
    image_map(kernel_stack, image_end, MMU_NO_EXECUTE);
    map_range(empty_root, (vaddr_t)_start, (paddr_t)_start, PAGE_SIZE, MMU_READ_ONLY | MMU_KERNEL_X | MMU_NORMAL);
    return image_paddr(empty_root);
}

void mmu_drop_identity(void)
{
    table_clear(empty_root);
    core.translation = image_paddr(empty_root);
    asid_limit = (sysreg_read(tcr_el1) & 1ull << 36) ? 1 << 16 : 1 << 8;
    barrier_dsb(ishst);
    __asm__ volatile("tlbi vmalle1" ::: "memory");
    barrier_dsb(nsh);
    barrier_isb();
}

bool mmu_map_ram(paddr_t base, uint64_t bytes)
{
    paddr_t hole = image_paddr(image_start), hole_end = image_paddr(init_image_start), end = base + bytes;
    bool done = true;
    if (hole >= base && hole < end) {
        done = map_range(kernel_root, DIRECT_MAP + base, base, hole - base, MMU_NORMAL | MMU_NO_EXECUTE);
        base = hole_end < end ? hole_end : end;
    }
    done = done && map_range(kernel_root, DIRECT_MAP + base, base, end - base, MMU_NORMAL | MMU_NO_EXECUTE);
    barrier_dsb(ishst);
    barrier_isb();
    return done;
}

void *mmu_window(paddr_t base, uint64_t bytes, bool normal)
{
    paddr_t first = base & ~(paddr_t)PAGE_MASK;
    uint64_t length = (base - first + bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    uint64_t size = 2 * MIB; /* every window starts at 2 MiB, so that it costs one page table at most */
    unsigned count = (unsigned)((length + size - 1) / size);
    if (bytes == 0 || length > WINDOW_COUNT * size || windows_used + count > WINDOW_COUNT) {
        return NULL;
    }
    vaddr_t va = WINDOW_VIRT + windows_used * size;
    windows_used += count;
    uint64_t attributes = normal ? MMU_NORMAL | MMU_READ_ONLY | MMU_NO_EXECUTE : MMU_DEVICE | MMU_NO_EXECUTE;
    if (!map_range(kernel_root, va, first, length, attributes)) {
        return NULL;
    }
    barrier_dsb(ishst);
    barrier_isb();
    return (void *)(va + (base - first));
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
        user_write(image_paddr(empty_root));
        barrier_isb();
    }
    dcb->translation = 0;
}

void mmu_asid_assign(struct dcb *dcb)
{
    if (asid_next == asid_limit) {
        core.generation++;
        asid_next = 1;
        user_write(image_paddr(empty_root)); /* nothing may refill under an old ASID */
        barrier_isb();
        __asm__ volatile("tlbi vmalle1" ::: "memory");
        barrier_dsb(nsh);
        barrier_isb();
    }
    dcb->asid_generation = core.generation;
    dcb->translation = (dcb->translation & DESC_PADDR) | asid_next << 48;
    asid_next++;
}
