/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See balance.h. There is one answer to the monitor at a time. Who waits when it is given, and gets nothing though the monitor has asked
 * everybody, hears that there is no memory. What is in stock in advance is asked for again a while after nobody had any, when somebody
 * allocates; surplus goes back when it has been there for a while: so nothing goes to and fro, and an idle mem sleeps.
 */
#include "balance.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <threads/time.h>

#define WAITING_MAX 64
#define ASK_PAUSE_US 1000000
#define RETURN_US 300000

struct waiting {
    struct reply *reply; /* NULL: unused */
    pid_abi_t pid;       /* whose account */
    struct balance_wish wish;
    bool asked; /* others were, while it waited */
};

static struct stock *ours; /* this core's */
static struct waitset *waitset;
static err_t (*serve)(const struct balance_wish *wish, struct account *account, cptr_t *ram);
static struct waiting waiting[WAITING_MAX]; /* in the order in which they came */
static uint32_t waiting_count;
static struct reply *monitor; /* waits for what is wanted */
static bool asking;           /* it was told, and has not come back */
static ticks_t ask_again;     /* in advance */
static bool is_surplus_old;

static void surplus_is_old(struct event *event);
static struct timer surplus_timer = {.event.run = surplus_is_old};

void balance_init(struct stock *of, struct waitset *runs_in,
                  err_t (*serves)(const struct balance_wish *wish, struct account *account, cptr_t *ram))
{
    ours = of;
    waitset = runs_in;
    serve = serves;
    waiting_count = 0;
    monitor = NULL;
    asking = is_surplus_old = false;
    ask_again = 0;
}

static void remove_at(uint32_t i)
{
    waiting_count--;
    for (; i < waiting_count; i++) {
        waiting[i] = waiting[i + 1];
    }
}

bool balance_wait(struct call *call, const struct account *account, const struct balance_wish *wish)
{
    bool anywhere = wish->first == 0 && wish->last == UINT64_MAX;
    if (!anywhere || wish->align > ours->piece || waiting_count == WAITING_MAX || stock_lack_for(ours, wish->bytes) == 0)
        return false;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return false;
    waiting[waiting_count++] = (struct waiting){reply, account->pid, *wish, false};
    balance_look();
    return true;
}

void balance_forget(struct reply *reply)
{
    for (uint32_t i = 0; i < waiting_count;) {
        bool gone = reply != NULL ? waiting[i].reply == reply : reply_client(waiting[i].reply) == NULL;
        if (!gone) {
            i++;
            continue;
        }
        reply_drop(waiting[i].reply);
        remove_at(i);
    }
    if (monitor != NULL && (reply == monitor || reply_client(monitor) == NULL)) {
        reply_drop(monitor);
        monitor = NULL;
    }
}

/* Whatever can be served is; `fail`: those for whom others were asked in vain hear so. */
static void waiting_serve(bool fail)
{
    for (uint32_t i = 0; i < waiting_count;) {
        struct waiting *one = &waiting[i];
        struct account *account = account_find(&ours->memory->accounts, one->pid);
        cptr_t ram = 0;
        err_t err = account != NULL ? serve(&one->wish, account, &ram) : ERR_NOT_FOUND;
        if (err == ERR_NO_MEMORY && !(fail && one->asked)) {
            i++;
            continue;
        }
        one->wish.answer(one->reply, err, ram);
        if (err == ERR_OK) cap_free(ram);
        remove_at(i);
    }
}

/* What those who wait lack together; they are asked for now. */
static uint64_t waiting_lack(void)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < waiting_count; i++) {
        uint64_t more = bytes + waiting[i].wish.bytes;
        if (more > bytes) bytes = more;
        waiting[i].asked = true;
    }
    return bytes != 0 ? stock_lack_for(ours, bytes) : 0;
}

static void monitor_tell(uint64_t bytes, bool urgent, const struct mem_piece *back, uint32_t count)
{
    struct reply *reply = monitor;
    monitor = NULL;
    asking = bytes != 0;
    mem_reply_want(reply, ERR_OK, bytes, urgent, back, count);
}

/* Give back what has been too much for a while; while it has not, see to it that somebody looks then. */
static void surplus_look(void)
{
    struct stock_piece pieces[MEM_PIECES_MAX];
    struct mem_piece back[MEM_PIECES_MAX];
    if (!stock_has_surplus(ours)) {
        is_surplus_old = false;
        if (surplus_timer.deadline != 0) timer_set(waitset, &surplus_timer, 0);
        return;
    }
    if (!is_surplus_old) {
        if (surplus_timer.deadline == 0) timer_set(waitset, &surplus_timer, deadline_after_us(RETURN_US));
        return;
    }
    uint32_t count = stock_return(ours, pieces, MEM_PIECES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        back[i] = (struct mem_piece){pieces[i].base, pieces[i].origin};
    }
    if (count != 0) monitor_tell(0, false, back, count);
}

static void surplus_is_old(struct event *event)
{
    (void)event;
    is_surplus_old = true;
    balance_look();
}

void balance_look(void)
{
    if (waiting_count != 0) waiting_serve(false);
    if (monitor == NULL) return;
    uint64_t lack = waiting_lack();
    if (lack == 0 && waiting_count != 0) waiting_serve(true); /* there is enough, but in pieces */
    if (lack != 0) {
        monitor_tell(lack, true, NULL, 0);
    } else if ((lack = stock_lack(ours)) == 0) {
        surplus_look();
    } else if (clock_ticks() >= ask_again) {
        monitor_tell(lack, false, NULL, 0);
    }
}

err_t balance_want(struct call *call, uint64_t got)
{
    if (monitor != NULL) return ERR_BUSY;
    monitor = call_defer(call);
    if (monitor == NULL) return ERR_NO_MEMORY;
    bool in_vain = asking && got == 0;
    asking = false;
    if (in_vain) ask_again = deadline_after_us(ASK_PAUSE_US);
    if (waiting_count != 0) waiting_serve(in_vain);
    balance_look();
    return ERR_OK;
}
