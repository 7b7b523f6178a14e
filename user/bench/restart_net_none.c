/* SPDX-License-Identifier: BSD-2-Clause */
/* restart_net.c in a configuration without a network. */
#include "bench.h"

void bench_restart_net(void) {}
