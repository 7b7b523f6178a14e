/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP needs of a system (lwip/arch/cc.h): memory within a limit, numbers that are hard to guess, checksums, copies. */
#include "stack.h"
#include "sum.h"
#include <abi/types.h>
#include <arch/hooks.h>
#include <stdlib.h>
#include <string.h>
#include <threads/guarded.h>
#include <threads/time.h>

#define HEAP_BYTES ((size_t)CONFIG_NET_HEAP_KIB * 1024)

static size_t held;
static uint64_t random_state, secret[2];

/* The size of each piece is in front of it. */
void *stack_malloc(size_t bytes)
{
    if (bytes > HEAP_BYTES - held) return NULL;
    uint64_t *memory = malloc(bytes + 16);
    if (memory == NULL) return NULL;
    memory[0] = bytes;
    held += bytes;
    return memory + 2;
}

void *stack_calloc(size_t count, size_t bytes)
{
    void *memory = stack_malloc(count * bytes);
    return memory != NULL ? memset(memory, 0, count * bytes) : NULL;
}

void stack_free(void *memory)
{
    uint64_t *start = (uint64_t *)memory - 2;
    held -= start[0];
    free(start);
}

size_t stack_held(void)
{
    return held;
}

void stack_copy(void *to, const void *from, size_t bytes)
{
    guarded_copy(to, from, bytes);
}

/* splitmix64, stirred by the time. There is no better source on this machine. */
static uint64_t random_next(void)
{
    random_state += 0x9e3779b97f4a7c15u + clock_ticks();
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t stack_random(void)
{
    return (uint32_t)random_next();
}

uint32_t stack_first_sequence(uint32_t address, uint16_t port, uint32_t peer, uint16_t peer_port)
{
    uint64_t z = secret[0] ^ ((uint64_t)address << 32 | peer);
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u ^ secret[1] ^ ((uint64_t)port << 16 | peer_port);
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
    return (uint32_t)(z >> 32) + (uint32_t)(us_from_ticks(clock_ticks()) / 4);
}

/* The sum of 16-bit words in one's complement, in the order of memory (RFC 1071): as lwip_standard_chksum(). */
uint16_t stack_checksum(const void *data, int bytes)
{
    const uint8_t *at = data, *blocks_end = at + (bytes & ~63);
    uint64_t sum = bytes >= 64 ? sum_blocks(at, (size_t)bytes / 64) : 0, word;
    uint32_t half;
    uint16_t quarter;
    sum = (sum & 0xffffffff) + (sum >> 32);
    for (at = blocks_end, bytes &= 63; bytes >= 8; bytes -= 8, at += 8) {
        memcpy(&word, at, 8);
        sum += (word & 0xffffffff) + (word >> 32);
    }
    if ((bytes & 4) != 0) {
        memcpy(&half, at, 4);
        sum += half;
        at += 4;
    }
    if ((bytes & 2) != 0) {
        memcpy(&quarter, at, 2);
        sum += quarter;
        at += 2;
    }
    if ((bytes & 1) != 0) sum += *at; /* the low byte of a word in the order of this machine */
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

err_t stack_error(lwip_err_t error)
{
    switch (error) {
    case LWIP_OK:
        return ERR_OK;
    case ERR_MEM:
    case ERR_BUF:
        return ERR_NO_MEMORY;
    case LWIP_ERR_TIMEOUT:
        return ERR_TIMEOUT;
    case ERR_RTE:
    case ERR_IF:
        return ERR_UNREACHABLE;
    case ERR_USE:
        return ERR_ADDRESS_IN_USE;
    case ERR_ALREADY:
    case ERR_INPROGRESS:
        return ERR_IN_PROGRESS;
    case ERR_ISCONN:
        return ERR_CONNECTED;
    case ERR_CONN:
    case ERR_CLSD:
        return ERR_NOT_CONNECTED;
    case ERR_ABRT:
        return ERR_ABORTED;
    case ERR_RST:
        return ERR_RESET;
    default:
        return ERR_INVALID;
    }
}

void stack_init(void)
{
    secret[0] = random_next();
    secret[1] = random_next();
    lwip_init();
}
