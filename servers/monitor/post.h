/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities between processes of different cores, by tag (monitor.idl: post, collect), and what the kernel leaves to the monitor because other
 * cores are concerned.
 */
#ifndef MONITOR_POST_H
#define MONITOR_POST_H

#include <messaging/server.h>

void post_start(void);
/* Each takes `cap` or `dispatcher` if it returns ERR_OK, and answers later. */
err_t post_send(struct reply *reply, coreid_t core, uint64_t tag, cptr_t cap);
err_t post_revoke(struct reply *reply, capref_t capref, cptr_t dispatcher);
err_t post_retype(struct reply *reply, capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes,
                  uint32_t count, cptr_t dispatcher);
/* What has arrived with the tag is the caller's. ERR_NOT_FOUND. */
err_t post_collect(uint64_t tag, cptr_t *cap);

#endif
