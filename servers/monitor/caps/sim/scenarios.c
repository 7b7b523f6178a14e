/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See scenarios.h. Each begins with three cores; process 0 of core 0 has RAM of region 0 in slot 0, whose home is core 2.
 */
#include "scenarios.h"
#include "world.h"

#define CORES 3

/* Leave the scenario if something does not hold, saying what: an invariant rather than the condition. */
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        bool holds = (condition);                                                                                      \
        if (trouble == NULL) trouble = world_check(&world);                                                            \
        if (trouble != NULL || !holds) return trouble != NULL ? trouble : #condition;                                  \
    } while (0)

static const char *trouble; /* an invariant that is broken */
static struct world world;

static struct fake_slot *slot_at(coreid_t core, unsigned proc, unsigned name)
{
    return slot_named(&world.kernel[core], proc, name);
}

static unsigned type_at(coreid_t core, unsigned name)
{
    struct fake_slot *slot = slot_at(core, 0, name);
    return slot == NULL ? NOTHING : slot->type;
}

static bool act(struct action action)
{
    return world_apply(&world, &action);
}

static bool deliver(coreid_t from, coreid_t to)
{
    return act((struct action){.kind = ACT_DELIVER, .core = to, .a = from});
}

/* One message from everybody to everybody, and what the kernels have to say; false: there was nothing. */
static bool round_once(void)
{
    bool any = false;
    for (coreid_t core = 0; core < CORES; core++) {
        any |= act((struct action){.kind = ACT_NOTE, .core = core});
        for (coreid_t from = 0; from < CORES; from++)
            any |= deliver(from, core);
        for (unsigned a = 0; a < PROCS + PAGES; a++)
            any |= act((struct action){.kind = ACT_REAP, .core = core, .a = a});
    }
    return any;
}

/* Until nothing is under way. */
static bool settle(void)
{
    unsigned rounds = 0;
    while (round_once() && rounds < 1000)
        rounds++;
    trouble = world_check(&world);
    if (trouble == NULL) trouble = world_quiet(&world) ? world_check_quiet(&world) : "it does not come to rest";
    return trouble == NULL;
}

static unsigned messages(void)
{
    unsigned count = 0;
    for (coreid_t core = 0; core < CORES; core++) {
        for (coreid_t to = 0; to < CORES; to++)
            count += world.channel[core][to].count;
    }
    return count;
}

static bool alloc(coreid_t core, unsigned region, unsigned name)
{
    return act((struct action){.kind = ACT_ALLOC, .core = core, .c = region, .b = name, .pages = REGION});
}

static void begin(void)
{
    trouble = NULL;
    world_start(&world, CORES, (1u << CORES) - 1);
    for (unsigned region = 0; region < REGIONS; region++)
        world_home(&world, region, region == 0 ? 2 : 1);
    struct fake_slot cap = {.type = RAM, .base = 0, .pages = REGION, .block = 0, .block_pages = REGION};
    slot_fill(&world.kernel[0], slot_at(0, 0, 0), &cap);
    for (unsigned page = 0; page < REGION; page++)
        world.used[page] = 1;
    world_reply = ERR_COUNT;
}

static bool transfer(unsigned kind, coreid_t core, unsigned proc, unsigned from, coreid_t to_core, unsigned to)
{
    return act((struct action){.kind = kind, .core = core, .proc = proc, .a = from, .c = to_core, .b = to});
}

static bool pair(unsigned kind, coreid_t core, unsigned from, unsigned to)
{
    return act((struct action){.kind = kind, .core = core, .a = from, .b = to});
}

static bool retype(coreid_t core, unsigned from, unsigned to, unsigned type, unsigned low, unsigned pages)
{
    return act(
        (struct action){.kind = ACT_RETYPE, .core = core, .a = from, .b = to, .c = type, .low = low, .pages = pages});
}

static bool revoke(coreid_t core, unsigned name)
{
    return act((struct action){.kind = ACT_REVOKE, .core = core, .a = name, .c = 1});
}

static bool delete (coreid_t core, unsigned name)
{
    return act((struct action){.kind = ACT_DELETE, .core = core, .a = name});
}

/* Core 0 and core 1 both have the RAM in slot 0. */
static bool share(void)
{
    begin();
    return transfer(ACT_SEND, 0, 0, 0, 1, 0) && settle() && world_reply == ERR_OK && type_at(1, 0) == RAM;
}

static const char *exclusive_memory_costs_no_message(void)
{
    begin();
    MUST(retype(0, 0, 1, FRAME, 0, 1) && pair(ACT_COPY, 0, 1, 2) && pair(ACT_MAP, 0, 1, 3));
    MUST(act((struct action){.kind = ACT_REVOKE, .a = 0}) && type_at(0, 1) == NOTHING && type_at(0, 3) == NOTHING);
    MUST(messages() == 0);
    return NULL;
}

static const char *exclusive_move_costs_two_messages(void)
{
    begin();
    MUST(transfer(ACT_GIVE, 0, 0, 0, 1, 0) && messages() == 1);
    MUST(deliver(0, 1) && messages() == 1 && deliver(1, 0) && messages() == 0);
    MUST(type_at(0, 0) == NOTHING && type_at(1, 0) == RAM && world.kernel[1].state[0] == 0 && world_reply == ERR_OK);
    return NULL;
}

static const char *move_of_shared_empties_source(void)
{
    MUST(share());
    MUST(transfer(ACT_GIVE, 0, 0, 0, 1, 1) && settle() && world_reply == ERR_OK);
    MUST(type_at(0, 0) == NOTHING && type_at(1, 1) == RAM && world.kernel[0].state[0] == 0);
    return NULL;
}

static const char *last_copy_anywhere_frees(void)
{
    MUST(share());
    MUST(delete (0, 0) && delete (1, 0) && settle() && !world.used[0]);
    MUST(alloc(2, 0, 0));
    return NULL;
}

static const char *revoke_reaches_all_cores(void)
{
    MUST(share());
    MUST(retype(1, 0, 1, FRAME, 0, 2) && settle() && world_reply == ERR_OK && pair(ACT_MAP, 1, 1, 2));
    MUST(revoke(0, 0) && settle() && world_reply == ERR_OK);
    MUST(type_at(1, 0) == NOTHING && type_at(1, 1) == NOTHING && type_at(1, 2) == NOTHING && type_at(0, 0) == RAM);
    MUST(world.kernel[0].state[0] == 0);
    return NULL;
}

static const char *one_of_two_retypes_wins(void)
{
    MUST(share());
    MUST(retype(0, 0, 1, FRAME, 0, 2) && retype(1, 0, 1, CNODE, 1, 1) && settle());
    MUST((type_at(0, 1) == FRAME) != (type_at(1, 1) == CNODE));
    return NULL;
}

/* A request counts for the capability that it named, not for an equal one that came into its slot later. */
static const char *equal_content_is_not_the_same(void)
{
    begin();
    MUST(transfer(ACT_SEND, 0, 0, 0, 1, 1) && delete (0, 0) && act((struct action){.kind = ACT_NOTE}));
    /* LOCK and FREE arrive. The block comes back by way of core 1, before core 0 has seen the GRANT. */
    MUST(deliver(0, 2) && deliver(0, 2) && alloc(2, 0, 0));
    MUST(transfer(ACT_GIVE, 2, 0, 0, 1, 0) && deliver(2, 1));
    MUST(transfer(ACT_GIVE, 1, 0, 0, 0, 0) && deliver(1, 0) && type_at(0, 0) == RAM);
    MUST(settle() && type_at(1, 1) == NOTHING && type_at(0, 0) == RAM);
    return NULL;
}

/* A move comes back to where it began, and goes away again, while its first acknowledgement is still under way. */
static const char *late_ack_takes_its_own_slot(void)
{
    begin();
    world_home(&world, 1, 0);
    MUST(act((struct action){.kind = ACT_ALLOC, .proc = 1, .c = 1, .pages = REGION}));
    MUST(transfer(ACT_GIVE, 0, 1, 0, 1, 0) && deliver(0, 1));
    MUST(transfer(ACT_GIVE, 1, 0, 0, 2, 0) && deliver(1, 2));
    MUST(transfer(ACT_GIVE, 2, 0, 0, 0, 1) && deliver(2, 0) && type_at(0, 1) == RAM);
    /* Core 1's slot is not yet empty: this move will fail. */
    MUST(transfer(ACT_GIVE, 0, 0, 1, 1, 0) && deliver(1, 0));
    MUST(slot_at(0, 1, 0)->type == NOTHING && type_at(0, 1) == RAM);
    MUST(deliver(0, 1) && deliver(1, 0) && world_reply == ERR_NO_SLOTS && settle() && type_at(0, 1) == RAM);
    return NULL;
}

/* A process on another core that copies as fast as the sweep deletes cannot keep a revoke from its end. */
static const char *fence_lets_the_sweep_end(void)
{
    MUST(share());
    MUST(pair(ACT_COPY, 1, 0, 1) && revoke(0, 0));
    for (unsigned i = 0; i < 40; i++) {
        round_once();
        pair(ACT_COPY, 1, 0, 1);
        pair(ACT_COPY, 1, 1, 0);
        MUST(world_wrong == NULL);
    }
    MUST(type_at(1, 0) == NOTHING && type_at(1, 1) == NOTHING && !world.kernel[0].waiting[0] && settle());
    return NULL;
}

/* Core 1 has made a CNode in the block and deleted it while it still holds something. */
static const char *zombies_count(void)
{
    MUST(share());
    MUST(alloc(1, 1, 2) && retype(1, 0, 1, CNODE, 0, 1) && settle() && world_reply == ERR_OK);
    MUST(pair(ACT_MOVE, 1, 2, ROOT + INNER) && delete (1, 1) && delete (1, 0));
    MUST(world.kernel[1].zombie[0].type == CNODE && retype(0, 0, 1, FRAME, 0, 2));
    for (unsigned i = 0; i < 20; i++) {
        for (coreid_t core = 0; core < CORES; core++) {
            for (coreid_t from = 0; from < CORES; from++)
                deliver(from, core);
        }
    }
    MUST(world_reply == ERR_REVOKE_FIRST && type_at(0, 1) == NOTHING);
    MUST(revoke(0, 0) && settle() && world_reply == ERR_OK && world.kernel[1].zombie[0].type == NOTHING);
    MUST(!world.used[REGION] && retype(0, 0, 1, FRAME, 0, 2));
    return NULL;
}

static err_t ask(const struct dcap_request *request)
{
    struct dcap_outbox out;
    dcap_request(&world.monitor[0], request, &out);
    world.monitor[0].out = NULL;
    return out.count == 1 && out.messages[0].kind == DCAP_REPLY ? out.messages[0].error : ERR_OK;
}

static const char *bad_requests_are_refused(void)
{
    begin();
    struct dcap_request request = {.kind = DCAP_SEND, .to_core = 0};
    MUST(ask(&request) == ERR_ARGUMENT);
    request.to_core = CORES;
    MUST(ask(&request) == ERR_NOT_FOUND);
    request.to_core = DCAP_CORES + 40;
    MUST(ask(&request) == ERR_NOT_FOUND);
    request.to_core = 1;
    request.source.capref = 3;
    MUST(ask(&request) == ERR_L2_LOOKUP);
    request.source.capref = 0;
    for (unsigned i = 1; i < DCAP_OPS; i++)
        MUST(ask(&request) == ERR_OK);
    MUST(ask(&request) == ERR_BUSY);
    return NULL;
}

/* A directory without room refuses, and nothing has happened. */
static const char *full_directory_refuses(void)
{
    begin();
    struct dcap *home = &world.monitor[2];
    home->entries = DCAP_DIRECTORY;
    for (unsigned i = 0; i < DCAP_DIRECTORY; i++)
        home->directory[i].key = REGION + i;
    if (!transfer(ACT_SEND, 0, 0, 0, 1, 0) || !deliver(0, 2) || !deliver(2, 0)) return "the request goes its way";
    home->entries = 0;
    for (unsigned i = 0; i < DCAP_DIRECTORY; i++)
        home->directory[i].key = 0;
    MUST(world_reply == ERR_TOO_MANY && messages() == 0 && world.kernel[0].state[0] == 0);
    return NULL;
}

/* Messages that cannot be are counted as faults, and nothing else happens. */
static const char *impossible_messages_change_nothing(void)
{
    static const struct dcap_message wrong[] = {
        {.kind = 0},
        {.kind = 255},
        {.kind = DCAP_REPLY},
        {.kind = DCAP_GRANT, .op = 1},
        {.kind = DCAP_GRANT, .op = 255},
        {.kind = DCAP_UNLOCK, .mask = 7},
        {.kind = DCAP_INSTALL_ACK, .op = 1},
        {.kind = DCAP_QUERY_ACK, .op = 200},
        {.kind = DCAP_REVOKE_ACK, .op = 2},
        {.kind = DCAP_HOME, .cap.base = 77},
        {.kind = DCAP_HOME, .home = 255},
        {.kind = DCAP_HOME_ACK, .cap.base = 77},
        {.kind = DCAP_FREE_ACK},
        {.kind = DCAP_UP, .home = 255},
        {.kind = DCAP_SWEEP, .from_core = 1},
        {.kind = DCAP_SWEEP, .op = 255},
    };
    begin();
    struct dcap_outbox out;
    struct dcap *monitor = &world.monitor[0];
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        dcap_step(monitor, &wrong[i], &out);
        if (out.count != 0 || monitor->faults != i + 1) return "a message that cannot be is answered, or not counted";
    }
    monitor->faults = 0;
    monitor->out = NULL;
    MUST(monitor->entries == 0 && monitor->ops[1].phase == DCAP_IDLE);
    return NULL;
}

#define SCENARIO(name)                                                                                                 \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
const struct scenario scenarios[] = {
    SCENARIO(exclusive_memory_costs_no_message),  SCENARIO(exclusive_move_costs_two_messages),
    SCENARIO(move_of_shared_empties_source),      SCENARIO(last_copy_anywhere_frees),
    SCENARIO(revoke_reaches_all_cores),           SCENARIO(one_of_two_retypes_wins),
    SCENARIO(equal_content_is_not_the_same),      SCENARIO(late_ack_takes_its_own_slot),
    SCENARIO(fence_lets_the_sweep_end),           SCENARIO(zombies_count),
    SCENARIO(bad_requests_are_refused),           SCENARIO(full_directory_refuses),
    SCENARIO(impossible_messages_change_nothing),
};
const unsigned scenario_count = sizeof(scenarios) / sizeof(*scenarios);
