/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs share that ask Capelin's net server about itself, and not for a socket. */
#ifndef NET_DEVICES_H
#define NET_DEVICES_H

#include <abi/errors.h>
#include <idl/net.h>
#include <stdbool.h>
#include <stdint.h>

#define DEVICES_MAX 8
#define DEVICE_TEXT 24

/* "PROGRAM: WHAT: reason" on stderr; returns 1. */
int device_failed(const char *program, const char *what, err_t error);
/* All devices; *count of them. */
err_t devices_read(struct net_device devices[DEVICES_MAX], uint32_t *count);
/* "52:54:00:12:34:56" and back. */
const char *hardware_text(uint64_t hardware, char text[DEVICE_TEXT]);
bool hardware_parse(const char *text, uint64_t *hardware);
/* "10.0.2.15" */
const char *address_text(uint32_t address, char text[DEVICE_TEXT]);
/* How many of a mask's bits are set. */
unsigned mask_bits(uint32_t mask);
const char *socket_kind_text(uint32_t kind);
const char *socket_state_text(enum net_state state);

#endif
