/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other cores' kernels, as far as this one deals with them: it rings them and hears them ring, and halts with them.
 * Nothing else passes between kernels. one_core.c stands in where there is one core only.
 */
#ifndef KERNEL_PEERS_H
#define KERNEL_PEERS_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdatomic.h>
#include <stdbool.h>

/* What one core writes for another: in the reader's image, mapped by these two kernels only. */
struct peer_page {
    _Atomic uint64_t summary; /* bit w: bells[w] may be other than 0 */
    _Atomic uint64_t bells[DOORBELL_IDS / 64];
    uint64_t target;        /* the reader says how it is interrupted: for gic_send() */
    _Atomic uint32_t state; /* on the core that starts the writer: PEER_*; see coreboot.c */
} __attribute__((aligned(PAGE_SIZE)));

#define PEER_OFF 0
#define PEER_STARTING 1
#define PEER_UP 2
#define PEER_FAILED 3

/* What each core writes for us. */
extern struct peer_page peers_in[];

/* Others may ring us from now on; the interrupt controller is up. */
void peers_start(void);
/* Core `core` has its image at `image`: from now on it can be rung. False: no page table left. */
bool peer_connect(coreid_t core, paddr_t image);
/* What we write for it; NULL: it is not connected. */
struct peer_page *peer_page(coreid_t core);
/* It never came up. */
void peer_forget(coreid_t core);
/* ERR_NOT_FOUND: not connected. */
err_t peer_ring(coreid_t core, uint32_t id);
/* Another kernel has sent us interrupt `sgi`. */
void peer_interrupt(unsigned sgi);
/* A panic: all others halt. */
void peers_halt(void);

#endif
