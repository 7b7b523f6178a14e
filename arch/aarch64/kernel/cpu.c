/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processor this is, and its registers that are set once; caches by address (D4.4.8). */
#include <arch/cpu.h>
#include <arch/memory.h>
#include <arch/sysreg.h>
#include <kernel/core.h>

#define SCTLR_SPAN (1ull << 23)
#define CTR_L1IP_PIPT 3 /* CTR_EL0.L1Ip: the instruction cache is indexed by physical address */

void cpu_start(void)
{
    sysreg_write(cpacr_el1, 0);   /* FP, SIMD, SVE trap */
    sysreg_write(cntkctl_el1, 3); /* EL0 reads CNTVCT, CNTPCT, CNTFRQ; timers are ours, no event stream */
    sysreg_write(mdscr_el1, 0);
    sysreg_write(tpidr_el0, 0);
    sysreg_write(tpidrro_el0, 0);
    unsigned pmu = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xf;
    core.counts = pmu != 0 && pmu != 0xf;
    if (sysreg_read(id_aa64mmfr1_el1) >> 20 & 0xf) {
        sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) & ~SCTLR_SPAN);
        sysreg_write(PAN, 1ull << 22);
    }
    barrier_isb();
}

const char *cpu_name(void)
{
    static const struct {
        uint16_t part; /* MIDR_EL1.PartNum of implementer 0x41 */
        const char *name;
    } names[] = {{0xd03, "cortex-a53"}, {0xd04, "cortex-a35"}, {0xd05, "cortex-a55"}, {0xd08, "cortex-a72"}};
    uint64_t midr = sysreg_read(midr_el1);
    if (midr >> 24 == 0) {
        return "max"; /* implementer 0: software; QEMU's "max" says so */
    }
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (midr >> 24 == 0x41 && (midr >> 4 & 0xfff) == names[i].part) {
            return names[i].name;
        }
    }
    return "cpu";
}

static uint64_t line_bytes(unsigned shift)
{
    return 4ull << (sysreg_read(ctr_el0) >> shift & 0xf);
}

/* DC ZVA (Arm ARM C5.3.8). Blocks of more than 256 bytes are cleared more than once. */
void memory_zero(void *start, uint64_t bytes)
{
    uint64_t log_words = sysreg_read(dczid_el0) & 15;
    uint64_t step = 4ul << (log_words < 6 ? log_words : 6);
    char *p = start, *end = p + bytes;
    do {
        __asm__ volatile(".rept 16\n\t"
                         "dc zva, %0\n\t"
                         "add %0, %0, %1\n\t"
                         ".endr"
                         : "+r"(p)
                         : "r"(step)
                         : "memory");
    } while (p < end);
}

void cache_sync_icache(const void *start, uint64_t bytes)
{
    const char *from = start, *end = from + bytes;
    uint64_t data = line_bytes(16), instruction = line_bytes(0);
    for (const char *p = from; p < end; p += data) {
        __asm__ volatile("dc cvau, %0" ::"r"(p) : "memory");
    }
    barrier_dsb(ish);
    if ((sysreg_read(ctr_el0) >> 14 & 3) != CTR_L1IP_PIPT) {
        __asm__ volatile("ic iallu" ::: "memory"); /* where the user's address indexes, ours does not reach it */
        end = from;
    }
    for (const char *p = from; p < end; p += instruction) {
        __asm__ volatile("ic ivau, %0" ::"r"(p) : "memory");
    }
    barrier_dsb(ish);
    barrier_isb();
}

void cache_flush(const void *start, uint64_t bytes)
{
    uint64_t line = line_bytes(16);
    for (const char *p = start, *end = p + bytes; p < end; p += line) {
        __asm__ volatile("dc civac, %0" ::"r"(p) : "memory");
    }
    barrier_dsb(sy);
}
