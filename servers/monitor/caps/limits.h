/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large the protocol's arrays are. The simulator and the exhaustive search are built with smaller ones; all else of
 * the protocol is the same.
 */
#ifndef CAPS_LIMITS_H
#define CAPS_LIMITS_H

#include <abi/types.h>

#ifndef DCAP_CORES
#define DCAP_CORES CORES_MAX /* at most 64: sets of cores are bit masks */
#endif

#ifndef DCAP_OPS
#define DCAP_OPS 33 /* operations that one core has under way; number 0 is the monitor's own */
#endif

#ifndef DCAP_DIRECTORY
#define DCAP_DIRECTORY 1024 /* blocks of one home that are shared or locked at once */
#endif

#ifndef DCAP_ARENAS
#define DCAP_ARENAS 64
#endif

#ifndef DCAP_FREES
#define DCAP_FREES 8 /* FREE messages that one core has sent and nobody has answered yet */
#endif

/*
 * No channel ever holds more messages than this. Core i to core j: for each operation of i an UNLOCK and one request that
 * follows it (LOCK, INSTALL, QUERY or REVOKE; the next one to j waits for an answer from j), for each operation of j one answer
 * (GRANT or ACK), the FREEs of i and answers to those of j, and what moving an arena takes.
 */
#define DCAP_CHANNEL_MAX (3 * DCAP_OPS + 2 * DCAP_FREES + 2 * DCAP_ARENAS)
/* The channel of a core to itself also has one SWEEP for each revoke under way anywhere. */
#define DCAP_SELF_MAX (DCAP_CHANNEL_MAX + DCAP_CORES * DCAP_OPS)

/* One call of the protocol sends at most this many messages: a REVOKE to everybody, or what ends an operation. */
#define DCAP_OUTBOX (DCAP_CORES + DCAP_FREES + DCAP_ARENAS + 4)

#endif
