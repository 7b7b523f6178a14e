/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of the simulator and the scenarios, included before everything: three processes on each core, and room for two operations at
 * once beside the monitor's own.
 */
#ifndef CAPS_SIM_LARGE_H
#define CAPS_SIM_LARGE_H

#define DCAP_CORES 8
#define DCAP_OPS 3
#define DCAP_DIRECTORY 6
#define DCAP_ARENAS 2
#define DCAP_FREES 2
#define REGIONS 2
#define REGION 4
#define PROCS 3
#define ROOT 4
#define INNER 2

#endif
