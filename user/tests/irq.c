/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * K18: interrupts that are bound twice, come in a storm, or are never acknowledged. A driver that init starts for the PL031
 * real-time clock (DDI 0224C), whose alarm rings at once if it is set to the time that it is, and rings until it is cleared; only if the
 * inventory says so (test_interrupts.py). What it finds goes into the log. In the end it leaves the alarm ringing, unacknowledged.
 */
#include <caps/caps.h>
#include <driver/device.h>
#include <idl/init.h>
#include <messaging/waitset.h>
#include <stdio.h>
#include <threads/time.h>

#define STORM 1000
#define SOON_MS 20       /* how long nothing must come */
#define PATIENCE_MS 5000 /* for what must come */

/* DDI 0224C, 3.3 */
enum {
    RTCDR = 0x00,
    RTCMR = 0x04,
    RTCCR = 0x0c,
    RTCIMSC = 0x10,
    RTCICR = 0x1c,
};

static struct waitset waitset;
static struct signal signal;
static struct device device;
static volatile void *rtc;
static unsigned came;

static void on_signal(struct event *event)
{
    (void)event;
    came++;
}

static void say(const char *name, bool good)
{
    char line[80];
    snprintf(line, sizeof line, "t_irq: %s %s", name, good ? "ok" : "FAILED");
    init_log(init_default(), line);
}

static void ring(void)
{
    device_write32(rtc, RTCMR, device_read32(rtc, RTCDR));
}

static void quiet(void)
{
    device_write32(rtc, RTCICR, 1);
}

/* Has an interrupt come, at the latest after so many milliseconds? */
static bool comes(uint32_t ms)
{
    unsigned before = came;
    ticks_t deadline = deadline_after_ms(ms);
    while (came == before) {
        if (waitset_wait(&waitset, deadline) == ERR_TIMEOUT) return false;
    }
    return true;
}

static void bound_twice(void)
{
    struct signal other;
    bool good = signal_open(&waitset, &other, on_signal, NULL) == ERR_OK;
    good = good && irq_bind(device.irq[0].cap, other.endpoint) == ERR_IRQ_BOUND;
    good = good && irq_bind(device.irq[0].cap, signal.endpoint) == ERR_IRQ_BOUND;
    signal_close(&other);
    ring();
    good = good && comes(PATIENCE_MS);
    quiet();
    say("K18_bound_twice", good && irq_ack(device.irq[0].cap) == ERR_OK);
}

/* Masked until it is acknowledged, and not lost: what rang meanwhile, and still rings, comes then. */
static void not_acknowledged(void)
{
    ring();
    bool good = comes(PATIENCE_MS) && !comes(SOON_MS);
    quiet();
    ring();
    good = good && !comes(SOON_MS);
    good = good && irq_ack(device.irq[0].cap) == ERR_OK && comes(PATIENCE_MS);
    quiet();
    good = good && irq_ack(device.irq[0].cap) == ERR_OK && !comes(SOON_MS);
    say("K18_not_acknowledged", good);
}

/* It rings all the time: each acknowledgement brings the next one, and no other. */
static void storm(void)
{
    bool good = true;
    ring();
    for (unsigned i = 0; i < STORM && good; i++)
        good = comes(PATIENCE_MS) && irq_ack(device.irq[0].cap) == ERR_OK;
    good = good && comes(PATIENCE_MS) && !comes(SOON_MS);
    quiet();
    say("K18_storm", good && irq_ack(device.irq[0].cap) == ERR_OK);
}

/* The binding is the dispatcher's: without its endpoint it sets a bit that nobody looks at, until it is undone. */
static void endpoint_gone(void)
{
    signal_close(&signal);
    ring();
    bool good = !comes(SOON_MS);
    quiet();
    good = good && signal_open(&waitset, &signal, on_signal, NULL) == ERR_OK;
    good = good && irq_bind(device.irq[0].cap, signal.endpoint) == ERR_IRQ_BOUND;
    good = good && irq_bind(device.irq[0].cap, 0) == ERR_OK;
    good = good && irq_ack(device.irq[0].cap) == ERR_IRQ_BOUND;
    good = good && irq_bind(device.irq[0].cap, signal.endpoint) == ERR_OK;
    ring();
    good = good && comes(PATIENCE_MS);
    quiet();
    say("K18_endpoint_gone", good && irq_ack(device.irq[0].cap) == ERR_OK);
}

int main(int argc, char **argv)
{
    const char *bad = "";
    err_t err = device_parse(argc, argv, &device, &bad);
    waitset_init(&waitset);
    if (!err) err = device_map(&device, 0, &rtc);
    if (!err) err = signal_open(&waitset, &signal, on_signal, NULL);
    if (!err) err = device_irq_enable(&device, 0, signal.endpoint, 0);
    if (err) return device_failed("t_irq", bad, err);
    device_write32(rtc, RTCCR, 1);
    quiet();
    device_write32(rtc, RTCIMSC, 1);
    bound_twice();
    not_acknowledged();
    storm();
    endpoint_gone();
    ring();
    say("K18_left_ringing", comes(PATIENCE_MS));
    for (;;)
        waitset_wait(&waitset, 0);
}
