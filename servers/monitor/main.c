/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor: serves monitor.idl in init's server thread. What may take long goes to steps.c.
 */
#include "bindings.h"
#include "cores.h"
#include "monitor.h"
#include "post.h"
#include "questions.h"
#include "remote_log.h"
#include <caps/caps.h>
#include <string.h>
#include <threads/time.h>

#define POWER_CLIENTS 8
#define LOG_CHUNK 24      /* bytes that one KERNEL_LOG_READ gives */
#define REVOKE_AT_ONCE 4  /* steps that the server's thread does itself */
#define IDENTIFY_LOOK 512 /* slots that one identify() looks at */
#define DUMP_PAUSE_US 1000000

static pid_abi_t introducer;
static pid_abi_t power_clients[POWER_CLIENTS];
static uint32_t power_next;

void monitor_trust(pid_abi_t pid)
{
    introducer = pid;
}
pid_abi_t monitor_trusted(void)
{
    return introducer;
}
void monitor_allow_power(pid_abi_t pid)
{
    power_clients[power_next++ % POWER_CLIENTS] = pid;
}

static err_t handle_revoke(struct call *call, uint64_t capref, cptr_t dispatcher)
{
    err_t err = ERR_AGAIN;
    for (unsigned i = 0; i < REVOKE_AT_ONCE && err == ERR_AGAIN; i++) {
        uint64_t a[7] = {dispatcher, capref};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_REVOKE_STEP, a);
    }
    if (err != ERR_AGAIN && err != ERR_RETRY_THROUGH_MONITOR) return err;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err = err == ERR_AGAIN ? steps_revoke(capref, dispatcher, reply) : post_revoke(reply, capref, dispatcher);
    if (err == ERR_OK) {
        call_take_cap(call, dispatcher);
    } else {
        reply_error(reply, err);
    }
    return ERR_OK;
}

/* Answered later, or refused at once; `cap` is somebody else's then. */
static err_t errand_begun(struct call *call, struct reply *reply, cptr_t cap, err_t err)
{
    if (err == ERR_OK)
        call_take_cap(call, cap);
    else
        reply_error(reply, err);
    return ERR_OK;
}

static err_t handle_retype(struct call *call, uint64_t dst, uint64_t src, uint64_t offset, uint32_t type,
                           uint64_t bytes, uint32_t count, cptr_t dispatcher)
{
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    return errand_begun(call, reply, dispatcher, post_retype(reply, dst, src, offset, type, bytes, count, dispatcher));
}

static err_t handle_post(struct call *call, uint32_t core, uint64_t tag, cptr_t capability)
{
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    return errand_begun(call, reply, capability, post_send(reply, core, tag, capability));
}

static err_t handle_collect(struct call *call, uint64_t tag, cptr_t *capability)
{
    err_t err = post_collect(tag, capability);
    if (err == ERR_OK) call_give_caps(call);
    return err;
}

static err_t handle_log_read(struct call *call, uint64_t offset, uint64_t *next, void *text, size_t *bytes)
{
    (void)call;
    *next = offset;
    while (*bytes + LOG_CHUNK <= 4096) {
        uint64_t a[7] = {*next};
        err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_LOG_READ, a);
        if (err != ERR_OK) return err;
        *next = a[0];
        if (a[4] == 0 || a[4] > LOG_CHUNK) break;
        memcpy((char *)text + *bytes, &a[1], a[4]);
        *bytes += a[4];
    }
    return ERR_OK;
}

static err_t handle_kernel_info(struct call *call, uint32_t what, uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d)
{
    (void)call;
    uint64_t values[7] = {what};
    err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_INFO, values);
    if (err != ERR_OK) return err;
    *a = values[0];
    *b = values[1];
    *c = values[2];
    *d = values[3];
    return ERR_OK;
}

static bool slot_identify(cptr_t cspace, cptr_t cptr, struct monitor_capability *capability)
{
    uint64_t a[7] = {cspace, cptr};
    if (kernel_invoke(SLOT_KERNEL, KERNEL_IDENTIFY, a) != ERR_OK) return false;
    *capability = (struct monitor_capability){
        .cptr = cptr,
        .type = a[0] & 0xff,
        .rights = a[0] >> 8 & 0xff,
        .flags = (uint32_t)(a[0] >> 16),
        .base = a[1],
        .bytes = a[2],
        .badge = a[3],
        .sent = TRAFFIC_SENT(a[4]),
        .ring = TRAFFIC_RING(a[4]),
        .slots = TRAFFIC_SLOTS(a[4]),
        .filled = TRAFFIC_FILLED(a[4]),
    };
    return capability->type != CAP_NULL;
}

/* The slots of the L1CNode say which L2CNodes there are; where there is none, all of its cptrs are skipped. */
static err_t handle_identify(struct call *call, cptr_t cspace, uint32_t first, uint32_t *next,
                             struct monitor_capability *list, uint32_t *count)
{
    (void)call;
    struct cap_info info;
    struct monitor_capability l2cnode;
    err_t err = cap_identify(cspace, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_L1CNODE) return ERR_CAP_TYPE;
    uint32_t end = (uint32_t)(info.bytes / SLOT_BYTES) << CNODE_L2_BITS;
    uint32_t looked = 0;
    uint32_t cptr = first;
    bool present = first % CNODE_L2_SLOTS != 0 && slot_identify(cspace, CPTR_L1 | first >> CNODE_L2_BITS, &l2cnode);
    while (cptr < end && *count < 32 && looked++ < IDENTIFY_LOOK) {
        if (cptr % CNODE_L2_SLOTS == 0) {
            present = slot_identify(cspace, CPTR_L1 | cptr >> CNODE_L2_BITS, &l2cnode);
        }
        if (!present) {
            cptr = (cptr | (CNODE_L2_SLOTS - 1)) + 1;
            continue;
        }
        if (slot_identify(cspace, cptr, &list[*count])) (*count)++;
        cptr++;
    }
    *next = cptr < end ? cptr : 0;
    return ERR_OK;
}

/* May this client power off? */
static bool is_operator(const struct client *client)
{
    for (uint32_t i = 0; i < POWER_CLIENTS; i++) {
        if (client->pid != 0 && power_clients[i] == client->pid) return true;
    }
    return false;
}

static err_t handle_dump(struct call *call)
{
    /* It writes past term, so it is not to be had often. */
    static ticks_t next;
    if (clock_ticks() < next) return ERR_BUSY;
    next = deadline_after_us(DUMP_PAUSE_US);
    (void)call;
    remote_log_dump();
    uint64_t a[7] = {0};
    return kernel_invoke(SLOT_KERNEL, KERNEL_DUMP, a);
}

static err_t handle_power(struct call *call, uint32_t how)
{
    if (!is_operator(call->client)) return ERR_PERMISSION;
    if (how > 1) return ERR_ARGUMENT;
    uint64_t a[7] = {how};
    return kernel_invoke(SLOT_KERNEL, KERNEL_POWER, a);
}

static err_t handle_cores(struct call *call, uint32_t first, struct monitor_core *list, uint32_t *count)
{
    (void)call;
    *count = cores_list(first, list, 16);
    return ERR_OK;
}

static err_t handle_memory(struct call *call, uint32_t core, struct monitor_memory *result)
{
    (void)result;
    return question_ask(call, core, QUESTION_MEMORY, 0);
}

static err_t handle_account(struct call *call, uint64_t pid, struct monitor_account *result)
{
    (void)result;
    return question_ask(call, (coreid_t)(pid >> 32), QUESTION_ACCOUNT, pid);
}

static err_t handle_accounts(struct call *call, uint32_t core, uint32_t first, uint32_t *next,
                             struct monitor_holder *holders, uint32_t *count)
{
    (void)next, (void)holders, (void)count;
    return question_ask(call, core, QUESTION_ACCOUNTS, first);
}

static err_t handle_channels(struct call *call, uint32_t core, uint32_t first, uint32_t *next,
                             struct monitor_channel *channels, uint32_t *count)
{
    (void)next, (void)channels, (void)count;
    return question_ask(call, core, QUESTION_CHANNELS, first);
}

static err_t handle_kernel_info_of(struct call *call, uint32_t core, uint32_t what, uint64_t *a, uint64_t *b,
                                   uint64_t *c, uint64_t *d)
{
    (void)a, (void)b, (void)c, (void)d;
    return question_ask(call, core, QUESTION_KERNEL_INFO, what);
}

static err_t handle_block(struct call *call, uint64_t address, struct monitor_block *block)
{
    (void)block;
    return question_ask(call, cores_home(address), QUESTION_BLOCK, address);
}

static err_t handle_core_boot(struct call *call, uint32_t core)
{
    if (!is_operator(call->client)) return ERR_PERMISSION;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = cores_boot(core, reply);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

static err_t handle_bind(struct call *call, const char *name, uint64_t pid, uint32_t slots, cptr_t bell, cptr_t *frame,
                         cptr_t *leash, cptr_t *ring)
{
    (void)frame, (void)leash, (void)ring;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = bindings_bind(name, pid, call->client->pid, slots, bell, reply);
    if (err == ERR_OK)
        call_take_cap(call, bell);
    else
        reply_error(reply, err);
    return ERR_OK;
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    (void)pid;
    (void)child;
    return introducer != 0 && by->pid == introducer ? ERR_OK : ERR_PERMISSION;
}

static const struct monitor_ops ops = {
    .revoke = handle_revoke,
    .retype = handle_retype,
    .post = handle_post,
    .collect = handle_collect,
    .log_read = handle_log_read,
    .kernel_info = handle_kernel_info,
    .identify = handle_identify,
    .dump = handle_dump,
    .power = handle_power,
    .cores = handle_cores,
    .memory = handle_memory,
    .account = handle_account,
    .accounts = handle_accounts,
    .channels = handle_channels,
    .kernel_info_of = handle_kernel_info_of,
    .block = handle_block,
    .core_boot = handle_core_boot,
    .bind = handle_bind,
};

struct service monitor_service = MONITOR_SERVICE(&ops, .introduce = introduce);

err_t monitor_init(struct server *server)
{
    err_t err = server_add(server, &monitor_service);
    questions_start();
    return err == ERR_OK ? bindings_init(server) : err;
}
