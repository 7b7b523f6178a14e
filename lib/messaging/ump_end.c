/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends of UMP channels: their memory, their doorbells, and the capabilities that come apart from the data. A process has one
 * doorbell for all its ends; when it is rung those that sleep are looked at.
 */
#include "internal.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/paging.h>
#include <stdlib.h>
#include <string.h>

static struct ump_end *ends;
static uint32_t bell; /* the peer entry, 0: none yet */

/* Disabled. Also for a sender that waits for room: upcall_pending() in lmp.c wakes it after any signal. */
static void bell_rung(void *object)
{
    (void)object;
    for (struct ump_end *end = ends, *next; end; end = next) {
        next = end->next;
        if (!end->sleeping || (!end->holding && !ump_look(&end->ring.in))) continue;
        end->sleeping = false;
        ump_awake(&end->ring.in);
        end->rung(end);
    }
}

err_t ump_bell(cptr_t *endpoint)
{
    static struct mutex making;
    mutex_lock(&making);
    messaging_upcalls.hung_up[PEER_BELL] = bell_rung;
    err_t error = bell ? ERR_OK : peer_add(PEER_BELL, NULL, &bell);
    mutex_unlock(&making);
    return error ? error : cap_mint_new(endpoint, SLOT_ENDPOINT, UMP_BELL_BADGE | bell, 0);
}

err_t ump_end_open(cptr_t frame, uint32_t slots, unsigned side, coreid_t core, struct ump_end **opened)
{
    struct cap_info info;
    if (slots < UMP_SLOTS_MIN || slots > UMP_SLOTS_MAX) return ERR_ARGUMENT;
    err_t error = cap_identify(frame, &info);
    if (error) return error;
    if (info.type != CAP_FRAME || info.bytes < UMP_PAGES(slots)) return ERR_ARGUMENT;
    size_t bytes = sizeof(struct ump_end) + (slots + 1) * sizeof(cptr_t);
    struct ump_end *end = malloc(bytes);
    if (!end) return ERR_NO_MEMORY;
    memset(end, 0, bytes); /* all of it is touched: it is used in upcalls */
    end->bytes = UMP_PAGES(slots);
    end->cap_room = slots + 1;
    end->core = core;
    end->away = core != DISPATCHER_FRAME->core;
    end->polls = end->away ? CONFIG_UMP_POLLS : 0;
    end->looks = end->polls < UMP_LOOKS ? end->polls : UMP_LOOKS;
    error = paging_map(frame, 0, end->bytes, MAP_READ | MAP_WRITE, 0, "messages between cores", &end->area);
    if (error) {
        free(end);
        return error;
    }
    ump_init(&end->ring, (struct ump_area *)end->area, slots, side);
    *opened = end;
    return ERR_OK;
}

void ump_end_start(struct ump_end *end, cptr_t ring, void (*rung)(struct ump_end *end), void *object)
{
    dispatcher_disable();
    end->bell = ring;
    end->rung = rung;
    end->object = object;
    end->next = ends;
    ends = end;
    dispatcher_enable();
}

void ump_end_close(struct ump_end *end)
{
    if (!end) return;
    dispatcher_disable();
    for (struct ump_end **at = &ends; *at; at = &(*at)->next) {
        if (*at != end) continue;
        *at = end->next;
        break;
    }
    dispatcher_enable();
    for (; end->cap_count; end->cap_count--, end->cap_first++)
        cap_free(end->caps[end->cap_first % end->cap_room]);
    paging_unmap(end->area, end->bytes);
    cap_free(end->bell);
    free(end);
}

/* A message that has a capability, or one that is held back because it has not come yet. */
err_t ump_end_receive_cap(struct ump_end *end, struct lmp_slot *message, unsigned tag)
{
    if (end->holding) {
        *message = end->held;
    } else if ((tag & ~(UMP_TAG_WORDS | UMP_TAG_CAP)) || !(tag & UMP_TAG_WORDS)) {
        return ERR_MESSAGE;
    }
    if (!end->holding && !(tag & UMP_TAG_CAP)) return ERR_OK;
    end->holding = !end->cap_count;
    if (end->holding) {
        end->held = *message;
        return ERR_AGAIN;
    }
    message->cap = end->caps[end->cap_first];
    end->cap_first = (end->cap_first + 1) % end->cap_room;
    end->cap_count--;
    return ERR_OK;
}

err_t ump_end_nothing(struct ump_end *end, err_t error)
{
    if (error == ERR_AGAIN && ump_room_made(&end->ring.in)) doorbell_ring(end->bell);
    return error;
}

err_t ump_end_cap(struct ump_end *end, cptr_t cap)
{
    if (end->cap_count == end->cap_room) return ERR_TOO_MANY;
    end->caps[(end->cap_first + end->cap_count++) % end->cap_room] = cap;
    if (end->holding && end->sleeping) {
        end->sleeping = false;
        end->rung(end);
    }
    return ERR_OK;
}

bool ump_end_sleep(struct ump_end *end)
{
    if (end->holding && end->cap_count) return false;
    end->sleeping = end->holding || ump_sleep(&end->ring.in);
    return end->sleeping;
}

/* Credit for one message more; asks to be rung when there is some again. */
static err_t credit(struct ump_out *out)
{
    if (out->number != out->limit) return ERR_OK;
    err_t error = ump_credit(out);
    if (error != ERR_LMP_FULL || ump_room_wanted(out)) return error;
    return ump_credit(out);
}

/* Of what the table says may leave its core (lib/abi/caps.def), the monitors carry memory only. What is not there fails when it is sent. */
bool ump_end_may_take(const struct ump_end *end, const cptr_t *caps, uint32_t count)
{
    for (uint32_t i = 0; end->away && i < count; i++) {
        struct cap_info info;
        if (!caps[i] || cap_identify(caps[i], &info)) continue;
        if (info.type != CAP_RAM && info.type != CAP_FRAME && info.type != CAP_DMAFRAME) return false;
    }
    return true;
}

/* The capability goes first, once it is sure that the message can follow: nobody else sends on this end meanwhile. */
static err_t ump_end_send(cptr_t leash, struct ump_end *end, const uint64_t *w, unsigned words, cptr_t cap)
{
    struct ump_out *out = &end->ring.out;
    err_t error = credit(out);
    if (error) return error;
    if (cap && !ump_end_may_take(end, &cap, 1)) return ERR_COPY;
    if (cap) {
        uint64_t announce[8] = {MESSAGE_HEADER(MESSAGE_CAP, 0, 0)};
        error = transport_lmp.send(leash, NULL, announce, 1, cap);
        if (error) return error;
    }
    error = ump_put(out, w, words, (uint8_t)(words | (cap ? UMP_TAG_CAP : 0)));
    if (error == ERR_AGAIN) doorbell_ring(end->bell); /* fails if the other core is gone: the leash tells */
    return error == ERR_AGAIN ? ERR_OK : error;
}

static err_t ump_error(uint64_t value)
{
    return (err_t)value;
}

const struct transport transport_ump = {"UMP", UMP_FRAGMENT, ump_end_send, NULL, ump_error};
