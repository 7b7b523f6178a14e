/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's description, from the driver's arguments. Pure.
 */
#include <driver/device.h>

#include <stdlib.h>
#include <string.h>

/* A number and what ends it; false: there is none, or it does not fit. */
static bool number(const char **text, uint64_t *value)
{
    bool hex = (*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X');
    const char *at = *text + (hex ? 2 : 0);
    const char *digits = "0123456789abcdef";
    size_t base = hex ? 16 : 10;
    const char *first = at;
    *value = 0;
    for (; *at != '\0'; at++) {
        const char *digit = memchr(digits, *at >= 'A' && *at <= 'F' ? *at + 32 : *at, base);
        if (digit == NULL) {
            break;
        }
        if (__builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, (uint64_t)(digit - digits), value)) {
            return false;
        }
    }
    *text = at;
    return at != first;
}

static bool comma(const char **text)
{
    bool there = **text == ',';
    *text += there;
    return there;
}

static err_t parse_reg(const char *text, struct device *device)
{
    struct device_reg reg = {.frame = SLOT_PASSED + device->reg_count};
    if (device->reg_count == DEVICE_REGS) {
        return ERR_TOO_MANY;
    }
    if (!number(&text, &reg.offset) || !comma(&text) || !number(&text, &reg.bytes) || *text != '\0' ||
        reg.offset >= PAGE_SIZE || reg.bytes == 0 || reg.bytes > UINT64_MAX - 2 * PAGE_SIZE) {
        return ERR_INVALID;
    }
    device->reg[device->reg_count++] = reg;
    return ERR_OK;
}

static err_t parse_irq(const char *text, struct device *device)
{
    uint64_t intid;
    if (device->irq_count == DEVICE_IRQS) {
        return ERR_TOO_MANY;
    }
    if (!number(&text, &intid) || !comma(&text) || intid > UINT32_MAX) {
        return ERR_INVALID;
    }
    bool edge = strcmp(text, "edge") == 0;
    if (!edge && strcmp(text, "level") != 0) {
        return ERR_INVALID;
    }
    device->irq[device->irq_count++] = (struct device_irq){.intid = (uint32_t)intid, .edge = edge};
    return ERR_OK;
}

static err_t parse_dma(const char *text, struct device *device)
{
    struct device_dma dma;
    if (device->dma_count == DEVICE_DMAS) {
        return ERR_TOO_MANY;
    }
    if (!number(&text, &dma.bytes) || *text != '\0' || dma.bytes == 0 || dma.bytes % PAGE_SIZE != 0) {
        return ERR_INVALID;
    }
    device->dma[device->dma_count++] = dma;
    return ERR_OK;
}

static err_t parse_affinity(const char *text, struct device *device)
{
    if (device->affinity_count == DEVICE_CORES) {
        return ERR_TOO_MANY;
    }
    return number(&text, &device->affinity[device->affinity_count++]) && *text == '\0' ? ERR_OK : ERR_INVALID;
}

static const char *after(const char *text, const char *key)
{
    size_t length = strlen(key);
    return strncmp(text, key, length) == 0 ? text + length : NULL;
}

static err_t parse_argument(const char *argument, struct device *device)
{
    const char *value;
    if ((value = after(argument, "compatible=")) != NULL) {
        device->compatible = value;
    } else if (strcmp(argument, "console") == 0) {
        device->console = true;
    } else if ((value = after(argument, "reg=")) != NULL) {
        return parse_reg(value, device);
    } else if ((value = after(argument, "irq=")) != NULL) {
        return parse_irq(value, device);
    } else if ((value = after(argument, "dma=")) != NULL) {
        return parse_dma(value, device);
    } else if (strcmp(argument, "bell") == 0) {
        if (device->bell_count == DEVICE_BELLS) {
            return ERR_TOO_MANY;
        }
        device->bell_count++;
    } else if ((value = after(argument, "affinity=")) != NULL) {
        return parse_affinity(value, device);
    }
    return ERR_OK;
}

err_t device_parse(int argc, char *const argv[], struct device *device, const char **bad)
{
    *device = (struct device){.compatible = ""};
    *bad = "";
    for (int i = 1; i < argc; i++) {
        err_t error = parse_argument(argv[i], device);
        if (error != ERR_OK) {
            *bad = argv[i];
            return error;
        }
    }
    for (uint32_t i = 0; i < device->irq_count; i++) {
        device->irq[i].cap = SLOT_PASSED + device->reg_count + i;
    }
    cptr_t next = SLOT_PASSED + device->reg_count + device->irq_count;
    for (uint32_t i = 0; i < device->dma_count; i++) {
        device->dma[i].frame = next++;
    }
    for (uint32_t i = 0; i < device->bell_count; i++) {
        device->bell[i] = next++;
    }
    return ERR_OK;
}
