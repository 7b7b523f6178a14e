/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers: the values that the kernel gives them, names that old assemblers do not know, and
 * access from C. Sections "D13" are of the Arm Architecture Reference Manual (DDI 0487).
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

/* Names by encoding: op0, op1, CRn, CRm, op2. */
#define ICC_SRE_EL2 s3_4_c12_c9_5
#define ICH_HCR_EL2 s3_4_c12_c11_0
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define HFGITR_EL2 s3_4_c1_c1_6
#define HDFGRTR_EL2 s3_4_c3_c1_4
#define HDFGWTR_EL2 s3_4_c3_c1_5
#define HCRX_EL2 s3_4_c1_c2_2
#define ICC_PMR_EL1 s3_0_c4_c6_0
#define ICC_IAR1_EL1 s3_0_c12_c12_0
#define ICC_HPPIR1_EL1 s3_0_c12_c12_2
#define ICC_EOIR1_EL1 s3_0_c12_c12_1
#define ICC_DIR_EL1 s3_0_c12_c11_1
#define ICC_BPR1_EL1 s3_0_c12_c12_3
#define ICC_CTLR_EL1 s3_0_c12_c12_4
#define ICC_SRE_EL1 s3_0_c12_c12_5
#define ICC_SGI1R_EL1 s3_0_c12_c11_5
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7
#define PAN s3_0_c4_c2_3

#define MPIDR_AFFINITY 0xff00ffffff /* MPIDR_EL1: Aff3, Aff2, Aff1, Aff0 */

/*
 * SCTLR_EL1, all of it. RES1: 29 (LSMAOE), 28 (nTLSMD), 23 (SPAN: set, PAN is not set on entry unless we clear it),
 * 22 (EIS), 20 (TSCXT), 11 (EOS). Then SA0 (4), SA (3), and with the MMU on I (12), C (2), M (0), WXN (19),
 * UCI (26: cache maintenance at EL0), UCT (15: CTR_EL0 at EL0), DZE (14: DC ZVA at EL0), nTWE (18), nTWI (16):
 * wfe and wfi at EL0 do not trap.
 */
#define SCTLR_EL1_RES1 0x30d00800
#define SCTLR_EL1_OFF SCTLR_EL1_RES1
#define SCTLR_EL1_ON (SCTLR_EL1_RES1 | 0x040dd01d)

/* MAIR_EL1: index 0 normal write-back, 1 device nGnRE, 2 normal non-cacheable (MEMTYPE_* in arch/pte.h). */
#define MAIR_EL1_VALUE 0x00000000004404ff

/* TCR_EL1: 48 bits on both sides, 4 KiB pages, tables write-back inner shareable, ASID in TTBR0. */
#define TCR_EL1_VALUE 0x00000000b5103510

#ifndef __ASSEMBLER__
#include <stdint.h>

#define sysreg_string2(name) #name
#define sysreg_string(name) sysreg_string2(name)
#define sysreg_read(name)                                                                                              \
    ({                                                                                                                 \
        uint64_t sysreg_value;                                                                                         \
        __asm__ volatile("mrs %0, " sysreg_string(name) : "=r"(sysreg_value));                                         \
        sysreg_value;                                                                                                  \
    })
#define sysreg_write(name, value)                                                                                      \
    __asm__ volatile("msr " sysreg_string(name) ", %x0" ::"rZ"((uint64_t)(value)) : "memory")
#define barrier_isb() __asm__ volatile("isb" ::: "memory")
#define barrier_dsb(set) __asm__ volatile("dsb " #set ::: "memory")
#endif
#endif
