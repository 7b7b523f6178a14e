/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * INTRODUCE: what a spawner asks init, monitor, mem and names for each new process: an endpoint that they will know it by.
 */
#ifndef MESSAGING_INTRODUCE_H
#define MESSAGING_INTRODUCE_H

#include <messaging/channel.h>

/* `channel` is &client->channel of any generated client. The endpoint comes into a fresh slot, to be copied into the new
 * process's birth slot and then deleted here (cap_free): the service sees the process's end by its last copy. ERR_PERMISSION. */
err_t channel_introduce(struct channel *channel, uint64_t pid, cptr_t *endpoint);

#endif
