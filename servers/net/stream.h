/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of streams share. Floors, from below: stream_options, stream_listen, stream; the callbacks are lwIP's way up.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net.h"

/* stream_options.c, stream_listen.c: of struct socket_ops. */
err_t stream_set_option(struct socket *socket, uint32_t option, uint32_t value);
err_t stream_bind(struct socket *socket, uint32_t address, uint16_t port, uint16_t *bound);
err_t stream_listen(struct socket *socket, uint32_t backlog);
/* Out of its listener's queue. */
void stream_queue_leave(struct socket *socket);

/* stream.c: lwIP tells the socket what becomes of its connection. */
void stream_callbacks_set(struct socket *socket);

#endif
