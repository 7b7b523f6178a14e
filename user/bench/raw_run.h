/* SPDX-License-Identifier: BSD-2-Clause */
/* What lmp.c and raw.S agree on. */
#ifndef BENCH_RAW_RUN_H
#define BENCH_RAW_RUN_H

#define RUN_ENDPOINT 0
#define RUN_CALL 8
#define RUN_CAP 16
#define RUN_EMPTY 24
#define RUN_ROUNDS 32
#define RUN_SAMPLES 40
#define RUN_START 48
#define RUN_SP 56
#define RUN_ERROR 64
#define RUN_RECEIVED 72

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct raw_run {
    uint64_t endpoint; /* the server's */
    uint64_t call;     /* x8 */
    uint64_t cap;      /* to send along; 0: none */
    uint64_t empty;    /* capref to delete after each round; 0: none */
    uint64_t rounds;   /* to go; 0: only wait for a message */
    uint32_t *samples; /* where the next one goes */
    uint64_t start;
    uint64_t sp;
    uint64_t error;    /* of a send that came back */
    uint64_t received; /* cptr of the last capability received, */
    uint64_t word;     /* and the first word that came with it */
};
_Static_assert(offsetof(struct raw_run, received) == RUN_RECEIVED, "raw_run");

void raw_client(struct raw_run *run);
void raw_client_run(void);
void raw_client_message(void);
_Noreturn void raw_wait(uint64_t endpoint, uint64_t cap, uint64_t word);
void raw_server_run(void);
void raw_server_0(void);
void raw_server_4(void);
void raw_server_8(void);
void raw_server_cap(void);
#endif
#endif
