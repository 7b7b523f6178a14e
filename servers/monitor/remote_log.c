/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other cores' logs: each monitor sends what its kernel's log gets to core 0, which puts "core N: " behind the time of each
 * line and keeps it in its own kernel's log, where `dmesg` finds it. Also dumps of all cores, which come the same way.
 */
#include "monitor.h"
#include "remote_log.h"
#include "link.h"
#include <abi/bootinfo.h>
#include <caps/caps.h>
#include <stdio.h>
#include <string.h>

#define OWN (((const struct bootinfo *)VADDR_BOOTINFO)->core)
#define CHUNK 24 /* bytes that one KERNEL_LOG_READ gives */
#define TEXT_BYTES ((LINK_WORDS - 1) * sizeof(uint64_t))
#define LINE 400

void log_text(const char *text);

static struct event flush_event;
static bool running;

/* Core 0: the line of each core that is not complete. */
static char lines[CORES_MAX][LINE];
static size_t lengths[CORES_MAX];

static void line_keep(coreid_t from)
{
    char line[LINE + 32];
    const char *text = lines[from];
    const char *behind = text[0] == '[' ? strchr(text, ']') : NULL;
    int time = behind != NULL ? (int)(behind + 2 - text) : 0;
    snprintf(line, sizeof(line), "%.*score %u: %s\n", time, text, (unsigned)from, text + time);
    log_text(line);
}

static void text_arrived(coreid_t from, const uint64_t *w, unsigned words)
{
    const char *text = (const char *)&w[1];
    uint64_t bytes = w[0];
    if (OWN != 0 || bytes > (words - 1) * sizeof(uint64_t)) return;
    for (uint64_t i = 0; i < bytes; i++) {
        if (text[i] != '\n' && lengths[from] < LINE - 1) {
            lines[from][lengths[from]++] = text[i];
        } else if (text[i] == '\n') {
            lines[from][lengths[from]] = 0;
            lengths[from] = 0;
            line_keep(from);
        }
    }
}

/* All that is new in this core's log goes to core 0. */
static void flush(struct event *event)
{
    static uint64_t offset;
    (void)event;
    for (bool more = true; more;) {
        uint64_t w[LINK_WORDS] = {0};
        while (w[0] + CHUNK <= TEXT_BYTES) {
            uint64_t a[7] = {offset};
            more = kernel_invoke(SLOT_KERNEL, KERNEL_LOG_READ, a) == ERR_OK && a[4] != 0 && a[4] <= CHUNK;
            if (!more) break;
            offset = a[0];
            memcpy((char *)&w[1] + w[0], &a[1], a[4]);
            w[0] += a[4];
        }
        if (w[0] != 0) link_send(0, LINK_LOG, w, 1 + (unsigned)((w[0] + sizeof(w[0]) - 1) / sizeof(w[0])));
    }
}

void remote_log_written(void)
{
    if (running) event_post(&link_waitset, &flush_event);
}

static void dump_asked(coreid_t from, const uint64_t *w, unsigned words)
{
    uint64_t a[7] = {0};
    (void)from, (void)w, (void)words;
    kernel_invoke(SLOT_KERNEL, KERNEL_DUMP, a);
    remote_log_written();
}

void remote_log_dump(void)
{
    uint64_t nothing = 0;
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        link_send(core, LINK_DUMP, &nothing, 1);
    }
}

void remote_log_start(void)
{
    flush_event = (struct event){.run = flush};
    link_handle(LINK_LOG, text_arrived);
    link_handle(LINK_DUMP, dump_asked);
    running = OWN != 0;
    remote_log_written();
}
