/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq_latency: from the store that makes a device raise its interrupt to the first instruction of its driver, that is
 * of the dispatcher's run upcall, which is ours while a sample is taken (irq_entry.S). The device is the PL031 real-time clock
 * (DDI 0224C), whose alarm rings at once if it is set to the time that it is. init starts this driver if the inventory says so;
 * scripts/bench.py makes such an inventory. The result goes into the log.
 */
#include "irq_sample.h"
#include <abi/dispatcher.h>
#include <arch/disable.h>
#include <caps/caps.h>
#include <driver/device.h>
#include <idl/init.h>
#include <messaging/waitset.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define ROUNDS 200

/* DDI 0224C, 3.3 */
enum {
    RTCDR = 0x00,
    RTCMR = 0x04,
    RTCCR = 0x0c,
    RTCIMSC = 0x10,
    RTCICR = 0x1c,
};

#define FRAME ((volatile struct dispatcher_frame *)VADDR_FRAME)

static uint32_t samples[ROUNDS];

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void on_signal(struct event *event)
{
    (void)event;
}

/* One alarm; the upcall's entry is put back at once. */
static uint32_t sample(volatile void *rtc)
{
    struct irq_sample run = {.address = (uint64_t)rtc + RTCMR, .value = device_read32(rtc, RTCDR)};
    uint64_t entry = FRAME->entry_run;

    irq_sample_now = &run;
    FRAME->entry_run = (uint64_t)irq_entry;
    irq_trigger(&run);
    FRAME->entry_run = entry;
    device_write32(rtc, RTCICR, 1);
    return (uint32_t)(run.end - run.start) - IRQ_SAMPLE_OWN;
}

int main(int argc, char **argv)
{
    static struct waitset waitset;
    static struct signal signal;
    static struct device device;
    volatile void *rtc;
    const char *bad = "";
    char line[80];
    err_t err = device_parse(argc, argv, &device, &bad);

    waitset_init(&waitset);
    err = err ? err : device_map(&device, 0, &rtc);
    err = err ? err : signal_open(&waitset, &signal, on_signal, NULL);
    err = err ? err : device_irq_enable(&device, 0, signal.endpoint, 0);
    if (err) {
        return device_failed("bench_irq", bad, err);
    }
    device_write32(rtc, RTCCR, 1);
    device_write32(rtc, RTCICR, 1);
    device_write32(rtc, RTCIMSC, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        samples[i] = sample(rtc);
        irq_ack(device.irq[0].cap);
        thread_yield();
    }
    qsort(samples, ROUNDS, sizeof(samples[0]), by_value);
    snprintf(line, sizeof(line), "result irq_latency 1 %u %u instructions", (unsigned)samples[ROUNDS / 2],
             (unsigned)samples[ROUNDS - 1]);
    return init_log(init_default(), line) != ERR_OK;
}
