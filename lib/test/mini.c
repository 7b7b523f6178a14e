/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls by hand and dispatchers made by hand (test/raw.h, test/mini.h). Whoever makes a dispatcher frees it.
 */
#include <caps/slots.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <string.h>
#include <test/mini.h>
#include <test/raw.h>
#include <threads/thread.h>

#define MINI_DISPATCHER 0
#define MINI_FRAME DISPATCHER_BYTES
#define MINI_BYTES (MINI_FRAME + MINI_FRAME_BYTES)

err_t raw6(uint64_t call, uint64_t invoked, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    struct raw raw = {.x = {a0, a1, a2, a3, a4, a5, [8] = call, [9] = invoked}};

    return raw_call(&raw);
}

static err_t mini_objects(struct mini *mini)
{
    err_t err = cap_retype_new(&mini->dispatcher, mini->ram, MINI_DISPATCHER, CAP_DISPATCHER, 0);

    if (!err) {
        err = cap_retype_new(&mini->frame_cap, mini->ram, MINI_FRAME, CAP_FRAME, MINI_FRAME_BYTES);
    }
    if (!err) {
        err = cap_retype_new(&mini->endpoint, mini->dispatcher, 0, CAP_ENDPOINT, 0);
    }
    if (!err) {
        vaddr_t va;
        err = paging_map(mini->frame_cap, 0, MINI_FRAME_BYTES, MAP_READ | MAP_WRITE, 0, "mini", &va);
        if (!err) {
            mini->frame = (struct dispatcher_frame *)va;
        }
    }
    return err;
}

err_t mini_new(struct mini *mini, void (*entry)(struct dispatcher_frame *frame, void *argument), void *argument)
{
    uint64_t top = (uint64_t)&mini->stack[MINI_STACK_WORDS];
    err_t err;

    memset(mini, 0, sizeof(*mini));
    err = ram_alloc(MINI_BYTES, &mini->ram);
    if (!err) {
        err = mini_objects(mini);
    }
    if (err) {
        mini_free(mini);
        return err;
    }
    mini->frame->disabled = 1;
    mini->frame->self = (uint64_t)mini->frame;
    mini->frame->entry_run = (uint64_t)mini_on_run;
    mini->frame->entry_message = (uint64_t)mini_on_message;
    mini->frame->upcall_sp = top - MINI_STACK_WORDS * 4;
    mini->frame->fault_sp = top - MINI_STACK_WORDS * 6;
    mini->frame->disabled_save.x[0] = (uint64_t)mini->frame;
    mini->frame->disabled_save.x[1] = (uint64_t)argument;
    mini->frame->disabled_save.sp = top;
    mini->frame->disabled_save.pc = (uint64_t)entry;
    err = disp_configure(mini->dispatcher, SLOT_CSPACE, SLOT_VSPACE, mini->frame_cap, 0);
    if (err) {
        mini_free(mini);
    }
    return err;
}

bool mini_wait(struct mini *mini, uint64_t state, struct disp_values *values)
{
    for (int i = 0; i < 2000; i++) {
        if (disp_read(mini->dispatcher, DISP_READ_STATE, 0, values) == ERR_OK && values->v[0] == state) {
            return true;
        }
        thread_sleep_ms(1);
    }
    return false;
}

void mini_free(struct mini *mini)
{
    if (mini->dispatcher) {
        disp_stop(mini->dispatcher, 0);
    }
    if (mini->frame) {
        paging_unmap((vaddr_t)mini->frame, MINI_FRAME_BYTES);
    }
    cap_free(mini->endpoint);
    cap_free(mini->dispatcher);
    cap_free(mini->frame_cap);
    cap_free(mini->ram);
    memset(mini, 0, sizeof(*mini) - sizeof(mini->stack));
}
