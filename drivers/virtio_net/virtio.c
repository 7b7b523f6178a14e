/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of a virtio device. What it says is checked where something depends on it.
 */
#include "virtio.h"
#include "virtqueue.h"

/* 4.2.2 and, marked L, 4.2.4 */
/* clang-format off */
enum {
    MAGIC = 0x000,
    VERSION = 0x004,
    DEVICE_ID = 0x008,
        DEVICE_NETWORK = 1,
    DEVICE_FEATURES = 0x010,
    DEVICE_FEATURES_SELECT = 0x014,
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SELECT = 0x024,
    GUEST_PAGE_SIZE = 0x028, /* L */
    QUEUE_SELECT = 0x030,
    QUEUE_SIZE_MAX = 0x034,
    QUEUE_SIZE = 0x038,
    QUEUE_ALIGN = 0x03c,     /* L */
    QUEUE_PAGE = 0x040,      /* L */
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    INTERRUPT_ACKNOWLEDGE = 0x064,
    STATUS = 0x070,
        STATUS_ACKNOWLEDGE = 1,
        STATUS_DRIVER = 2,
        STATUS_DRIVER_OK = 4,
        STATUS_FEATURES_OK = 8,
        STATUS_NEEDS_RESET = 64,
        STATUS_FAILED = 128,
    QUEUE_DESC = 0x080,
    QUEUE_DRIVER = 0x090,
    QUEUE_DEVICE = 0x0a0,
    CONFIG_GENERATION = 0x0fc,
    CONFIG_MAC = 0x100, /* 5.1.4 */
    CONFIG_STATUS = 0x106,
        CONFIG_STATUS_LINK = 1,
    CONFIG_MTU = 0x10a,
};
/* clang-format on */

#define MAGIC_VALUE 0x74726976 /* "virt" */
#define RESET_PAUSES 1000
#define CONFIG_READS 16

#define WANTED                                                                                                         \
    (FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_MTU | FEATURE_MAC | FEATURE_MERGED | FEATURE_STATUS |                 \
     FEATURE_EVENT_INDEX)

static uint32_t read32(struct virtio *virtio, uint32_t offset)
{
    return virtio->read(virtio->context, offset, 4);
}

static void write32(struct virtio *virtio, uint32_t offset, uint32_t value)
{
    virtio->write(virtio->context, offset, value);
}

static void write64(struct virtio *virtio, uint32_t offset, uint64_t value)
{
    write32(virtio, offset, (uint32_t)value);
    write32(virtio, offset + 4, (uint32_t)(value >> 32));
}

err_t virtio_probe(struct virtio *virtio)
{
    if (read32(virtio, MAGIC) != MAGIC_VALUE) return ERR_NOT_FOUND;
    uint32_t version = read32(virtio, VERSION);
    if ((version != 1 && version != 2) || read32(virtio, DEVICE_ID) != DEVICE_NETWORK) return ERR_NOT_FOUND;
    virtio->legacy = version == 1;
    return ERR_OK;
}

err_t virtio_reset(struct virtio *virtio)
{
    write32(virtio, STATUS, 0);
    for (unsigned i = 0; i < RESET_PAUSES; i++) {
        if (read32(virtio, STATUS) == 0) {
            virtio_interrupt(virtio);
            return ERR_OK;
        }
        virtio->pause(virtio->context);
    }
    return ERR_DEVICE;
}

static uint64_t offered(struct virtio *virtio)
{
    write32(virtio, DEVICE_FEATURES_SELECT, 0);
    uint64_t features = read32(virtio, DEVICE_FEATURES);
    if (virtio->legacy) return features;
    write32(virtio, DEVICE_FEATURES_SELECT, 1);
    return features | (uint64_t)read32(virtio, DEVICE_FEATURES) << 32;
}

/* 3.1.1 */
err_t virtio_negotiate(struct virtio *virtio)
{
    uint64_t need = virtio->legacy ? FEATURE_ANY_LAYOUT : FEATURE_VERSION_1;
    write32(virtio, STATUS, STATUS_ACKNOWLEDGE);
    write32(virtio, STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    uint64_t features = offered(virtio);
    if ((features & need) == 0) return ERR_UNSUPPORTED;
    features &= WANTED | need;
    virtio->features = features;
    write32(virtio, DRIVER_FEATURES_SELECT, 0);
    write32(virtio, DRIVER_FEATURES, (uint32_t)features);
    if (virtio->legacy) {
        write32(virtio, GUEST_PAGE_SIZE, VIRTQUEUE_ALIGN);
        return ERR_OK;
    }
    write32(virtio, DRIVER_FEATURES_SELECT, 1);
    write32(virtio, DRIVER_FEATURES, (uint32_t)(features >> 32));
    write32(virtio, STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
    return (read32(virtio, STATUS) & STATUS_FEATURES_OK) != 0 ? ERR_OK : ERR_UNSUPPORTED;
}

uint16_t virtio_queue_size(struct virtio *virtio, uint32_t queue, uint16_t most)
{
    write32(virtio, QUEUE_SELECT, queue);
    uint32_t limit = read32(virtio, QUEUE_SIZE_MAX);
    while (most > limit)
        most /= 2;
    return most;
}

err_t virtio_queue_set(struct virtio *virtio, uint32_t queue, paddr_t base, uint16_t size)
{
    write32(virtio, QUEUE_SELECT, queue);
    if (read32(virtio, virtio->legacy ? QUEUE_PAGE : QUEUE_READY) != 0) return ERR_DEVICE;
    write32(virtio, QUEUE_SIZE, size);
    if (virtio->legacy) {
        if (base / VIRTQUEUE_ALIGN > UINT32_MAX) return ERR_ARGUMENT;
        write32(virtio, QUEUE_ALIGN, VIRTQUEUE_ALIGN);
        write32(virtio, QUEUE_PAGE, (uint32_t)(base / VIRTQUEUE_ALIGN));
        return ERR_OK;
    }
    write64(virtio, QUEUE_DESC, base);
    write64(virtio, QUEUE_DRIVER, base + 16 * (paddr_t)size);
    write64(virtio, QUEUE_DEVICE, base + VIRTQUEUE_USED(size));
    write32(virtio, QUEUE_READY, 1);
    return ERR_OK;
}

err_t virtio_go(struct virtio *virtio)
{
    uint32_t status = read32(virtio, STATUS);
    write32(virtio, STATUS, status | STATUS_DRIVER_OK);
    return (read32(virtio, STATUS) & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET | STATUS_FAILED)) == STATUS_DRIVER_OK
               ? ERR_OK
               : ERR_DEVICE;
}

void virtio_notify(struct virtio *virtio, uint32_t queue)
{
    write32(virtio, QUEUE_NOTIFY, queue);
}

uint32_t virtio_interrupt(struct virtio *virtio)
{
    uint32_t status = read32(virtio, INTERRUPT_STATUS);
    if (status != 0) write32(virtio, INTERRUPT_ACKNOWLEDGE, status);
    return status;
}

bool virtio_broken(struct virtio *virtio)
{
    return (read32(virtio, STATUS) & (STATUS_NEEDS_RESET | STATUS_FAILED)) != 0;
}

static void configuration_read(struct virtio *virtio, struct virtio_config *config)
{
    *config = (struct virtio_config){.link = true};
    for (uint32_t i = 0; (virtio->features & FEATURE_MAC) != 0 && i < 6; i++)
        config->mac = config->mac << 8 | (virtio->read(virtio->context, CONFIG_MAC + i, 1) & 0xff);
    if ((virtio->features & FEATURE_STATUS) != 0)
        config->link = (virtio->read(virtio->context, CONFIG_STATUS, 2) & CONFIG_STATUS_LINK) != 0;
    if ((virtio->features & FEATURE_MTU) != 0) config->mtu = virtio->read(virtio->context, CONFIG_MTU, 2) & 0xffff;
}

/* 2.5.3: until it does not change under our eyes; a device that changes it all the time gets what was read last. */
void virtio_configuration(struct virtio *virtio, struct virtio_config *config)
{
    for (unsigned i = 0; i < CONFIG_READS; i++) {
        uint32_t generation = virtio->legacy ? 0 : read32(virtio, CONFIG_GENERATION);
        configuration_read(virtio, config);
        if (virtio->legacy || read32(virtio, CONFIG_GENERATION) == generation) return;
    }
}
