/* SPDX-License-Identifier: BSD-2-Clause */
/* lwIP's view of the compiler and of what is below it. It has no other thread to be locked against. */
#ifndef NET_LWIP_ARCH_CC_H
#define NET_LWIP_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define LWIP_NO_UNISTD_H 1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS 1
#ifndef BYTE_ORDER
#define LITTLE_ENDIAN 1234
#define BIG_ENDIAN 4321
#define BYTE_ORDER LITTLE_ENDIAN
#endif
#define lwip_htons(x) ((uint16_t)__builtin_bswap16(x))
#define lwip_htonl(x) ((uint32_t)__builtin_bswap32(x))
#define PACK_STRUCT_STRUCT __attribute__((packed))

/* stack.c */
uint32_t stack_random(void);
uint16_t stack_checksum(const void *data, int bytes);
void *stack_malloc(size_t bytes);
void *stack_calloc(size_t count, size_t bytes);
void stack_free(void *memory);
/* Survives it when a program takes its memory away meanwhile. */
void stack_copy(void *to, const void *from, size_t bytes);
/* What lwIP takes for impossible ends the process, which init starts again. Input never comes so far. */
_Noreturn void stack_failed(const char *what);

#define LWIP_RAND() stack_random()
#define LWIP_CHKSUM stack_checksum
#define LWIP_PLATFORM_ASSERT(x) stack_failed(x)
#define LWIP_PLATFORM_DIAG(x)

#endif
