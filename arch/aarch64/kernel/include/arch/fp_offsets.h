/* SPDX-License-Identifier: BSD-2-Clause */
/* Where vectors.S finds things in struct core and struct dcb. */
#ifndef ARCH_FP_OFFSETS_H
#define ARCH_FP_OFFSETS_H

#define CORE_FP_ACCESSIBLE 13
#define CORE_FP_OWNER 16
#define DCB_FP 1536

#endif
