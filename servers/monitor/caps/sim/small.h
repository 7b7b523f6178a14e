/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of the exhaustive search and of SPIN, included before everything: one block of two pages, two slots for each core's only
 * process. DCAP_CORES comes from the command line.
 */
#ifndef CAPS_SIM_SMALL_H
#define CAPS_SIM_SMALL_H

#define DCAP_OPS 2
#define DCAP_DIRECTORY 2
#define DCAP_ARENAS 1
#define DCAP_FREES 1
#define REGIONS 1
#define REGION 2
#define PROCS 1
#define ROOT 2
#define INNER 1

#endif
