/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for cores.c, link.c, remote_caps.c, post.c in a build for one core. */
#include "cores.h"
#include "link.h"
#include "post.h"
#include "remote_caps.h"
#include "monitor.h"
#include "remote_log.h"

err_t cores_start(void)
{
    return ERR_OK;
}

void cores_boot_all(void) {}

err_t cores_boot(coreid_t core, struct reply *reply)
{
    (void)reply;
    return core == 0 ? ERR_EXISTS : ERR_NOT_FOUND;
}

uint32_t cores_list(uint32_t first, struct monitor_core *list, uint32_t most)
{
    if (first != 0 || most == 0) return 0;
    list[0] = (struct monitor_core){.state = MONITOR_CORE_UP};
    return 1;
}

const struct cores_shared *cores_shared(void)
{
    return NULL;
}

coreid_t cores_home(paddr_t address)
{
    (void)address;
    return 0;
}

void link_handle(enum link_kind kind, link_handler handler)
{
    (void)kind, (void)handler;
}

void link_on_loss(void (*lost)(coreid_t core))
{
    (void)lost;
}

err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words)
{
    (void)to, (void)kind, (void)w, (void)words;
    return ERR_NOT_FOUND;
}

bool link_is_open(coreid_t core)
{
    (void)core;
    return false;
}

bool remote_caps_room(void)
{
    return true;
}

bool remote_caps_free(paddr_t base, uint64_t bytes)
{
    (void)base, (void)bytes;
    return false;
}

uint64_t remote_caps_sharers(paddr_t block)
{
    (void)block;
    return 0;
}

void remote_caps_note(void) {}

void remote_caps_handle(enum remote_kind kind, err_t (*arrived)(coreid_t from, uint64_t tag, cptr_t cap))
{
    (void)kind, (void)arrived;
}

void remote_caps_send(struct remote_request *request)
{
    request->done(request, ERR_NOT_FOUND);
}

err_t post_send(struct reply *reply, coreid_t core, uint64_t tag, cptr_t cap)
{
    (void)reply, (void)core, (void)tag, (void)cap;
    return ERR_NOT_FOUND;
}

err_t post_revoke(struct reply *reply, capref_t capref, cptr_t dispatcher)
{
    (void)reply, (void)capref, (void)dispatcher;
    return ERR_UNSUPPORTED;
}

err_t post_retype(struct reply *reply, capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes,
                  uint32_t count, cptr_t dispatcher)
{
    (void)reply, (void)dst, (void)src, (void)offset, (void)type, (void)bytes, (void)count, (void)dispatcher;
    return ERR_UNSUPPORTED;
}

err_t post_collect(uint64_t tag, cptr_t *cap)
{
    (void)tag;
    *cap = 0;
    return ERR_NOT_FOUND;
}

void remote_log_written(void) {}

void remote_log_dump(void) {}
