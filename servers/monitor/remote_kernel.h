/* SPDX-License-Identifier: BSD-2-Clause */
/* This core as the protocol of caps/ sees it. Private to remote_caps.c, which runs the protocol, and remote_kernel.c. */
#ifndef MONITOR_REMOTE_KERNEL_H
#define MONITOR_REMOTE_KERNEL_H

#include "caps/protocol.h"

/* What struct dcap_call asks for. */
enum remote_call { REMOTE_CALL_NOTHING, REMOTE_CALL_RETYPE };

extern const struct dcap_kernel remote_kernel;

/* Before a message is handled: who sent it. */
void remote_kernel_sender(coreid_t core);
/* The kernel has freed a block of another core's memory, which the protocol will ask for; false: no room. */
bool remote_kernel_freed(paddr_t base, uint64_t bytes);
/* drained(): there is room again. */
void remote_kernel_start(void (*drained)(void));

#endif
