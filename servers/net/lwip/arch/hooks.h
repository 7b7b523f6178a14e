/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP asks us: where the sequence numbers of a connection begin (RFC 6528). */
#ifndef NET_LWIP_ARCH_HOOKS_H
#define NET_LWIP_ARCH_HOOKS_H

#include <stdint.h>

uint32_t stack_first_sequence(uint32_t address, uint16_t port, uint32_t peer, uint16_t peer_port);
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port)                                                      \
    stack_first_sequence((local)->addr, local_port, (remote)->addr, remote_port)

#endif
