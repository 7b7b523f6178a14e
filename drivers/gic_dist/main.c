/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the interrupt distributor: serves gic_dist.idl. It holds the distributor's frame and no interrupt; whoever asks
 * proves with an Irq capability which interrupt is its own.
 */
#include <string.h>

#include <caps/caps.h>
#include <driver/device.h>
#include <idl/gic_dist.h>
#include <idl/names.h>
#include <messaging/server.h>

#include "dist.h"

static struct dist dist;

/* Which interrupt does the capability stand for? */
static err_t own_interrupt(cptr_t irq, uint32_t *intid)
{
    struct cap_info info;
    err_t error = cap_identify(irq, &info);
    if (error != ERR_OK || info.type != CAP_IRQ) {
        return ERR_CAP_TYPE;
    }
    if (info.bytes != 1 || info.base < DIST_FIRST_SPI || info.base >= dist.limit) {
        return ERR_ARGUMENT;
    }
    *intid = (uint32_t)info.base;
    return ERR_OK;
}

static err_t serve_info(struct call *call, uint32_t *version, uint32_t *limit)
{
    (void)call;
    *version = dist.version;
    *limit = dist.limit;
    return ERR_OK;
}

static err_t serve_enable(struct call *call, cptr_t irq, enum gic_dist_trigger trigger, uint32_t priority)
{
    (void)call;
    uint32_t intid;
    err_t error = own_interrupt(irq, &intid);
    if (error != ERR_OK) {
        return error;
    }
    if (priority > UINT8_MAX) {
        return ERR_ARGUMENT;
    }
    dist_enable(&dist, intid, trigger == GIC_DIST_TRIGGER_EDGE, (uint8_t)priority);
    return ERR_OK;
}

static err_t serve_disable(struct call *call, cptr_t irq)
{
    (void)call;
    uint32_t intid;
    err_t error = own_interrupt(irq, &intid);
    if (error == ERR_OK) {
        dist_disable(&dist, intid);
    }
    return error;
}

static err_t serve_route(struct call *call, cptr_t irq, uint32_t core)
{
    (void)call;
    uint32_t intid;
    err_t error = own_interrupt(irq, &intid);
    return error != ERR_OK ? error : dist_route(&dist, intid, core);
}

static err_t serve_state(struct call *call, uint32_t intid, bool *enabled, bool *pending, bool *active, uint32_t *priority)
{
    (void)call;
    if (intid < DIST_FIRST_SPI || intid >= dist.limit) {
        return ERR_ARGUMENT;
    }
    struct dist_state state = dist_read(&dist, intid);
    *enabled = state.enabled;
    *pending = state.pending;
    *active = state.active;
    *priority = state.priority;
    return ERR_OK;
}

static const struct gic_dist_ops ops = {
    .info = serve_info,
    .enable = serve_enable,
    .disable = serve_disable,
    .route = serve_route,
    .state = serve_state,
};
static struct service service = GIC_DIST_SERVICE(&ops);

static err_t start(const struct device *device)
{
    static struct server server;
    dist.version = strcmp(device->compatible, "arm,gic-v3") == 0 ? 3 : 2;
    dist.affinity = device->affinity;
    dist.cores = device->affinity_count;
    err_t error = device_map(device, 0, &dist.base);
    if (error == ERR_OK) {
        error = dist_init(&dist);
    }
    if (error == ERR_OK) {
        error = server_init(&server);
    }
    if (error == ERR_OK) {
        error = server_add(&server, &service);
    }
    if (error == ERR_OK) {
        error = names_register(names_default(), "gic_dist", service.endpoint);
    }
    if (error != ERR_OK) {
        return error;
    }
    server_run(&server);
}

int main(int argc, char *argv[])
{
    static struct device device;
    const char *bad;
    err_t error = device_parse(argc, argv, &device, &bad);
    if (error != ERR_OK) {
        return device_failed("gic_dist", bad, error);
    }
    return device_failed("gic_dist", "", start(&device));
}
