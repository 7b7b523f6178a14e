/* SPDX-License-Identifier: BSD-2-Clause */
/* A client made by hand (raw_client.h). */
#include "raw_client.h"
#include <idl/names.h>
#include <threads/thread.h>

struct raw_client raw;

err_t raw_fragment(cptr_t to, const uint64_t *words, unsigned count, cptr_t cap)
{
    struct raw call = {.x = {[8] = LMP_CALL(count, 0), [9] = to, [10] = cap}};
    err_t err;

    memcpy(call.x, words, count * sizeof(*words));
    for (unsigned i = 0; i < 500; i++) {
        struct raw again = call;
        err = raw_call(&again);
        if (err != ERR_LMP_FULL && err != ERR_LMP_SLOT) {
            break;
        }
        thread_sleep_ms(1);
    }
    return err;
}

bool raw_reply(struct lmp_slot *message, cptr_t *cap)
{
    struct dispatcher_frame *frame = raw.box.frame;

    for (unsigned i = 0; i < 500; i++) {
        uint32_t tail = frame->ring[0].tail;
        if (*(volatile uint32_t *)&frame->ring[0].head != tail) {
            *message = ((struct lmp_slot *)((char *)frame + DISP_FRAME_RINGS))[tail % RAW_SLOTS];
            if (message->cap && cap && !slot_alloc(cap)) {
                cap_move(*cap, message->cap);
            } else if (message->cap) {
                cap_delete(message->cap);
            }
            frame->ring[0].tail = tail + 1;
            return true;
        }
        thread_sleep_ms(1);
    }
    return false;
}

err_t raw_open(const char *name)
{
    struct lmp_slot message;
    cptr_t public;
    uint64_t word = raw_header(RAW_BIND, 1, 0);
    err_t err = names_lookup(names_default(), name, NULL, &public);

    raw.service = 0;
    err = err ? err : mini_new(&raw.box, mini_block, 0);
    err = err ? err : slot_alloc_run(RAW_SLOTS, &raw.receive);
    err = err ? err : disp_ring(raw.box.dispatcher, 0, DISP_FRAME_RINGS, RAW_SLOTS, raw.receive);
    err = err ? err : cap_mint_new(&raw.own, raw.box.endpoint, 55, MINT_HANGUP);
    err = err ? err : raw_fragment(public, &word, 1, raw.own);
    if (!err && !raw_reply(&message, &raw.service)) {
        err = ERR_TIMEOUT;
    }
    cap_free(public);
    return err ? err : raw.service ? ERR_OK : ERR_MESSAGE;
}

void raw_close(void)
{
    struct lmp_slot message;

    while (raw.box.frame && raw.box.frame->ring[0].head != raw.box.frame->ring[0].tail) {
        raw_reply(&message, NULL);
    }
    cap_free(raw.service);
    cap_free(raw.own);
    mini_free(&raw.box);
    slot_free_run(raw.receive, RAW_SLOTS);
}
