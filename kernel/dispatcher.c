/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dispatchers as objects: configured, started, paused, ended; what is known of them. Which of
 * them runs is sched.c's business, how they are entered upcall.c's, how they are woken signal.c's.
 */
#include <arch/context.h>
#include <arch/fp.h>
#include <arch/mmu.h>
#include <arch/switch.h>
#include <kernel/compiler.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/irq.h>
#include <kernel/lmp.h>
#include <kernel/log.h>
#include <kernel/mdb.h>
#include <kernel/panic.h>
#include <kernel/sched.h>

#define PRIORITY_DEFAULT 4

coreid_t kernel_core;

static struct list all_dispatchers = LIST_INIT(all_dispatchers);
static uint64_t dispatcher_number;

void dispatcher_create(struct dcb *dcb)
{
    dcb->state = DISP_STATE_NEW;
    dcb->priority = PRIORITY_DEFAULT;
    if (core.current != NULL && core.current->limit > PRIORITY_DEFAULT) {
        dcb->priority = core.current->limit;
    }
    dcb->number = ++dispatcher_number;
    dcb->irq_first = IRQ_NONE;
    list_init(&dcb->ready);
    list_init(&dcb->waiters);
    list_insert(&all_dispatchers, &dcb->all);
    dcb->cspace.holder = dcb;
    dcb->vspace.holder = dcb;
    dcb->frame_cap.holder = dcb;
}

/* Nobody is there to tell, and nothing goes on without it. What it wrote about its fault is all that is known. */
static __attribute__((noreturn, cold)) void init_ended(const struct dcb *dcb)
{
    const struct fault_report *report = &dcb->frame->fault;
    log_panic("\ninit ended: kind %u, code %u, fault at 0x%lx, ESR 0x%lx\n", dcb->exit_kind, dcb->exit_code,
              report->kind ? report->address : dcb->fault_address, report->kind ? report->esr : dcb->fault_esr);
    log_panic("init (0.1)\n#0 0x%016lx\n", report->kind ? report->regs.pc : dcb->fault_pc);
    for (unsigned i = 0; report->kind && i < report->depth && i < FAULT_TRACE_MAX; i++) {
        log_panic("#%u 0x%016lx\n", i + 1, report->trace[i]);
    }
    kernel_panic("init is gone");
}

void dispatcher_stop(struct dcb *dcb, uint8_t exit_kind, uint32_t exit_code)
{
    if (dcb->state == DISP_STATE_STOPPED) {
        return;
    }
    sched_remove(dcb, DISP_STATE_STOPPED);
    dcb->exit_kind = exit_kind;
    dcb->exit_code = exit_code;
    if (exit_kind == EXIT_DOUBLE || exit_kind == EXIT_LOST) {
        LOG(SCHED, INFO, "dispatcher %lu ended: kind %u, fault at 0x%lx, pc 0x%lx", dcb->number, exit_kind,
            dcb->fault_address, dcb->fault_pc);
    }
    if (dcb->number == 1 && dcb->frame != NULL) {
        init_ended(dcb);
    }
    irq_forget(dcb);
    lmp_forget(dcb);
    fp_forget(dcb);
    endpoint_signal(&dcb->supervisor.cap);
}

void dispatcher_slot_lost(struct dcb *dcb, struct slot *slot)
{
    if (slot == &dcb->supervisor) {
        return;
    }
    dispatcher_stop(dcb, EXIT_LOST, 0);
    if (slot == &dcb->vspace) {
        mmu_user_lost(dcb);
    } else if (slot == &dcb->frame_cap) {
        dcb->frame = NULL;
        dcb->frame_bytes = 0;
    }
}

void dispatcher_orphaned(struct dcb *dcb)
{
    dispatcher_stop(dcb, EXIT_LOST, 0);
    if (dcb == core.current) {
        core.current = NULL; /* its memory may be gone before the kernel exits */
    }
}

void dispatcher_destroy(struct dcb *dcb)
{
    core.messages += dcb->messages;
    core.syscalls += dcb->syscalls;
    list_remove(&dcb->all);
}

/* What DISP_CONFIGURE puts where: the slot in the DCB, and the new capability's slot (NULL: stays). */
struct replacement {
    struct slot *holder;
    struct slot *from;
};

static err_t replacement_find(struct replacement *replacement, capref_t ref, unsigned type)
{
    if (ref == 0) {
        return ERR_OK;
    }
    err_t err = cspace_find(&core.current->cspace.cap, ref, &replacement->from);
    if (err == ERR_OK) {
        err = cap_expect(&replacement->from->cap, type);
    }
    /* What it replaces must not be the last of its kind: its end would take more than one step. */
    if (err == ERR_OK && !slot_is_empty(replacement->holder) && mdb_is_last(replacement->holder)) {
        err = ERR_DISPATCHER_STATE;
    }
    return err;
}

static void replacement_perform(const struct replacement *replacement)
{
    if (replacement->from == NULL) {
        return;
    }
    struct dcb *holder = replacement->holder->holder;
    replacement->holder->holder = NULL;
    if (!slot_is_empty(replacement->holder)) {
        cap_delete(replacement->holder);
    }
    cap_copy(replacement->holder, replacement->from, UINT64_MAX);
    replacement->holder->holder = holder;
}

static err_t frame_check(const struct slot *frame)
{
    if (frame == NULL) {
        return ERR_OK;
    }
    if ((frame->cap.rights & (MAP_READ | MAP_WRITE)) != (MAP_READ | MAP_WRITE)) {
        return ERR_CAP_RIGHTS;
    }
    return frame->cap.bytes > DISP_FRAME_MAX ? ERR_ARGUMENT : ERR_OK;
}

static void frame_set(struct dcb *dcb)
{
    dcb->frame = phys_to_virt(dcb->frame_cap.cap.base);
    dcb->frame_bytes = dcb->frame_cap.cap.bytes;
    dcb->frame->core = kernel_core;
    for (unsigned n = 0; n < DISP_RINGS; n++) {
        dcb->ring[n] = (struct lmp_ring){0};
    }
}

static err_t dispatcher_configure(struct dcb *dcb, const uint64_t *x)
{
    struct replacement cspace = {&dcb->cspace, NULL};
    struct replacement vspace = {&dcb->vspace, NULL};
    struct replacement frame = {&dcb->frame_cap, NULL};
    struct replacement supervisor = {&dcb->supervisor, NULL};
    if (dcb->state == DISP_STATE_STOPPED) {
        return ERR_DISPATCHER_STATE;
    }
    err_t err = replacement_find(&cspace, x[0], CAP_L1CNODE);
    err = err != ERR_OK ? err : replacement_find(&vspace, x[1], CAP_VNODE0);
    err = err != ERR_OK ? err : replacement_find(&frame, x[2], CAP_FRAME);
    err = err != ERR_OK ? err : replacement_find(&supervisor, x[3], CAP_ENDPOINT);
    err = err != ERR_OK ? err : frame_check(frame.from);
    if (err != ERR_OK) {
        return err;
    }
    replacement_perform(&cspace);
    replacement_perform(&vspace);
    replacement_perform(&frame);
    replacement_perform(&supervisor);
    if (vspace.from != NULL) {
        mmu_user_lost(dcb);
        mmu_user_set(dcb, dcb->vspace.cap.base);
        if (dcb == core.current) {
            switch_to(dcb); /* nothing may run on a table that its dispatcher no longer holds */
        }
    }
    if (frame.from != NULL) {
        frame_set(dcb);
    }
    return ERR_OK;
}

/* Start a new one where its frame's disabled save area says, or let a paused one go on. */
static err_t dispatcher_resume(struct dcb *dcb)
{
    if (dcb->state == DISP_STATE_NEW) {
        if (slot_is_empty(&dcb->cspace) || slot_is_empty(&dcb->vspace) || dcb->frame == NULL) {
            return ERR_DISPATCHER_STATE;
        }
        context_from_user(&dcb->context, &dcb->frame->disabled_save);
        dcb->frame->disabled = 1;
        dcb->resume = RESUME_CONTEXT;
        dcb->limit = dcb->priority;
    } else if (dcb->state != DISP_STATE_PAUSED) {
        return ERR_DISPATCHER_STATE;
    }
    sched_ready(dcb); /* one that was blocked gets the run upcall, and looks around */
    return ERR_OK;
}

static err_t dispatcher_pause(struct dcb *dcb)
{
    if (dcb->state != DISP_STATE_READY && dcb->state != DISP_STATE_BLOCKED) {
        return ERR_DISPATCHER_STATE;
    }
    dcb->paused_from = dcb->state;
    sched_remove(dcb, DISP_STATE_PAUSED);
    return ERR_OK;
}

static err_t dispatcher_end(struct dcb *dcb, uint8_t kind, uint64_t code)
{
    bool self = kind != EXIT_KILLED;
    if (dcb->state == DISP_STATE_STOPPED || (self && dcb != core.current)) {
        return ERR_DISPATCHER_STATE;
    }
    dispatcher_stop(dcb, kind, code);
    return ERR_OK;
}

static err_t dispatcher_set_priority(struct dcb *dcb, const struct cap *cap, uint64_t priority)
{
    if (priority >= SCHED_PRIORITIES) {
        return ERR_ARGUMENT;
    }
    /* Whoever has RAM can make a Dispatcher whose capability allows everything: so its maker's limit counts, too. */
    if (priority < cap->detail || priority < core.current->limit) {
        return ERR_PRIORITY;
    }
    if (dcb->state != DISP_STATE_STOPPED) {
        sched_priority(dcb, priority);
    }
    return ERR_OK;
}

static err_t dispatcher_read_regs(const struct dcb *dcb, uint64_t first, uint64_t *x)
{
    const uint64_t *word = (const uint64_t *)&dcb->context;
    const uint64_t count = sizeof(struct regs) / sizeof(uint64_t) - 1; /* without `reserved` */
    if (dcb->state != DISP_STATE_STOPPED && dcb->state != DISP_STATE_PAUSED) {
        return ERR_DISPATCHER_STATE;
    }
    if (first >= count) {
        return ERR_ARGUMENT;
    }
    for (unsigned n = 0; n < 4; n++) {
        x[1 + n] = first + n < count ? word[first + n] : 0;
    }
    return ERR_OK;
}

static void read_values(uint64_t *x, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    x[1] = a;
    x[2] = b;
    x[3] = c;
    x[4] = d;
}

static err_t dispatcher_read(const struct dcb *dcb, uint64_t *x)
{
    switch (x[0]) {
    case DISP_READ_STATE:
        read_values(x, dcb->state, dcb->exit_kind, dcb->exit_code, dcb->priority);
        return ERR_OK;
    case DISP_READ_FAULT:
        read_values(x, dcb->fault_address, dcb->fault_esr, dcb->fault_pc, 0);
        return ERR_OK;
    case DISP_READ_USAGE:
        read_values(x, dcb->ticks, dcb->dispatches + dcb->messages, dcb->syscalls, dcb->upcalls + dcb->messages);
        return ERR_OK;
    case DISP_READ_REGS:
        return dispatcher_read_regs(dcb, x[1], x);
    case DISP_READ_NUMBER:
        read_values(x, dcb->number, 0, 0, 0);
        return ERR_OK;
    default:
        return ERR_ARGUMENT;
    }
}

OUT_OF_LINE err_t dispatcher_invoke(const struct cap *cap, unsigned op, uint64_t *x)
{
    struct dcb *dcb = phys_to_virt(cap->base);
    switch (op) {
    case DISP_CONFIGURE:
        return dispatcher_configure(dcb, x);
    case DISP_RESUME:
        return dispatcher_resume(dcb);
    case DISP_PAUSE:
        return dispatcher_pause(dcb);
    case DISP_STOP:
        return dispatcher_end(dcb, EXIT_KILLED, x[0]);
    case DISP_EXIT:
        return dispatcher_end(dcb, EXIT_NORMAL, x[0]);
    case DISP_FAULTED:
        return dispatcher_end(dcb, EXIT_FAULT, x[0]);
    case DISP_PRIORITY:
        return dispatcher_set_priority(dcb, cap, x[0]);
    case DISP_RING:
        return lmp_ring_set(dcb, x[0], x[1], x[2], x[3]);
    case DISP_READ:
        return dispatcher_read(dcb, x);
    default:
        return ERR_SYSCALL;
    }
}

void dispatcher_totals(uint64_t *syscalls, uint64_t *messages)
{
    *syscalls = core.syscalls;
    *messages = core.messages;
    for (struct list *link = all_dispatchers.next; link != &all_dispatchers; link = link->next) {
        const struct dcb *dcb = list_entry(link, struct dcb, all);
        *syscalls += dcb->syscalls;
        *messages += dcb->messages;
    }
}

static const char *state_name(const struct dcb *dcb)
{
    static const char *const names[] = {"new", "ready", "blocked", "paused", "stopped"};
    return dcb == core.current ? "running" : names[dcb->state];
}

void dispatcher_dump_all(void)
{
    for (struct list *link = all_dispatchers.next; link != &all_dispatchers; link = link->next) {
        const struct dcb *dcb = list_entry(link, struct dcb, all);
        log_line("dispatcher %lu: %s, priority %u, exit %u/%u, pc 0x%lx, lr 0x%lx, sp 0x%lx", dcb->number,
                 state_name(dcb), dcb->priority, dcb->exit_kind, dcb->exit_code, dcb->context.pc, dcb->context.x[30],
                 dcb->context.sp);
        if (dcb->frame != NULL) {
            log_line("  disabled %u, pending %u, deadline %lu, rings %u/%u %u/%u, syscalls %lu, upcalls %lu",
                     dcb->frame->disabled, dcb->frame->pending, dcb->deadline, dcb->frame->ring[0].tail,
                     dcb->ring[0].head, dcb->frame->ring[1].tail, dcb->ring[1].head, dcb->syscalls, dcb->upcalls);
        }
    }
}
