/* SPDX-License-Identifier: BSD-2-Clause */
/* What of ESR_EL1 a fault upcall needs (Arm Architecture Reference Manual, DDI 0487, D24.2.40). */
#ifndef PAGING_ESR_H
#define PAGING_ESR_H

#define ESR_CLASS(esr) ((unsigned)((esr) >> 26) & 0x3f)
#define ESR_CLASS_UNKNOWN 0x00
#define ESR_CLASS_FP 0x07
#define ESR_CLASS_ILLEGAL_STATE 0x0e
#define ESR_CLASS_SYSTEM 0x18
#define ESR_CLASS_INSTRUCTION_ABORT 0x20
#define ESR_CLASS_PC_ALIGNMENT 0x22
#define ESR_CLASS_DATA_ABORT 0x24
#define ESR_CLASS_SP_ALIGNMENT 0x26
#define ESR_CLASS_BREAKPOINT 0x30
#define ESR_CLASS_STEP 0x32
#define ESR_CLASS_WATCHPOINT 0x34
#define ESR_CLASS_BRK 0x3c

#define ESR_WRITE (1u << 6) /* of a data abort */

#define ESR_FAULT_STATUS(esr) ((unsigned)(esr)&0x3f)
#define ESR_STATUS_TRANSLATION 0x04 /* bits 0-1: level */
#define ESR_STATUS_PERMISSION 0x0c
#define ESR_STATUS_ALIGNMENT 0x21

#endif
