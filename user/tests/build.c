/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spawn_build, called right here, that fails for want of RAM or slots at one step after the other: nothing is left behind.
 */
#include "support.h"
#include <paging/paging.h>
#include <paging/ram.h>
#include <spawn/spawn.h>
#include <threads/thread.h>

/* A program of two segments. */
static struct elf_image image = {
    .entry = 0x400000,
    .segment_count = 2,
    .segment = {{0x400000, 0, PAGE_SIZE, PAGE_SIZE, MAP_READ | MAP_EXECUTE},
                {0x600000, 0, 16, 2 * PAGE_SIZE, MAP_READ | MAP_WRITE}},
    .tls_align = 1,
};
static char file[PAGE_SIZE];
static uint64_t missing; /* how much smaller the block is than it is to be */
static cptr_t prepared;  /* the block that the source hands out next */

static err_t short_alloc(uint64_t bytes, cptr_t *ram)
{
    return bytes > missing ? ram_alloc(bytes - missing, ram) : ERR_NO_MEMORY;
}

static err_t prepared_alloc(uint64_t bytes, cptr_t *ram)
{
    (void)bytes;
    *ram = prepared;
    return ERR_OK;
}

static err_t refusing_alloc(uint64_t bytes, cptr_t *ram)
{
    (void)bytes, (void)ram;
    return ERR_NO_MEMORY;
}

static const struct ram_source short_source = {short_alloc}, prepared_source = {prepared_alloc};
static const struct ram_source refusing_source = {refusing_alloc};

static cptr_t file_frame;

static struct spawn_request request_new(const struct ram_source *source)
{
    return (struct spawn_request){
        .name = "built",
        .image = &image,
        .file = file,
        .file_frame = file_frame,
        .args = {"built", 6, 1},
        .pid = 1,
        .priority = 7,
        .reserve_bytes = PAGE_SIZE,
        .source = source,
    };
}

/* Builds it, and destroys it if that works; gives its result, and how large it was. */
static err_t build_once(const struct spawn_request *request, uint64_t *bytes)
{
    struct spawned child;
    err_t err = spawn_build(request, &child);

    if (err) {
        EXPECT(!child.block && !child.cspace && !child.dispatcher);
        return err;
    }
    *bytes = child.bytes;
    EXPECT_ERR(spawn_destroy(&child), ERR_OK);
    return ERR_OK;
}

struct own {
    unsigned slots;
    uint64_t used, capabilities;
};

static struct own own_now(void)
{
    struct own own;
    unsigned all;

    slots_top_up();
    slots_count(&own.slots, &all);
    own.slots = all - own.slots;
    own.used = ram_used();
    own.capabilities = mdb_count();
    return own;
}

/* Once what went before is over. */
static struct own own_still(void)
{
    slots_top_up();
    mdb_count_still();
    return own_now();
}

static void own_is(struct own before)
{
    struct own after = own_now();

    for (unsigned i = 0; i < 200 && memcmp(&after, &before, sizeof(before)); i++) {
        thread_sleep_ms(5);
        after = own_now();
    }
    EXPECT_EQ(after.slots, before.slots);
    EXPECT_EQ(after.used, before.used);
    EXPECT_EQ(after.capabilities, before.capabilities);
}

/* The block ends before what each step makes of it: RAM runs out at every step. */
static void build_without_ram(void)
{
    struct spawn_request request = request_new(&short_source);
    uint64_t bytes = 0, ignored;
    unsigned refused = 0;

    missing = 0;
    CHECK_OK(build_once(&request, &bytes));
    struct own before = own_still();
    for (missing = 0; missing <= bytes && !test_failed(); missing += PAGE_SIZE) {
        refused += build_once(&request, &ignored) != ERR_OK;
        own_is(before);
    }
    test_note("%u of %llu refused", refused, (unsigned long long)(bytes / PAGE_SIZE) + 1);
    EXPECT(refused >= bytes / PAGE_SIZE - 1);
}

/* With so many slots left that one step after the other fails for want of them. */
static void build_without_slots(void)
{
    enum { BLOCKS = 24, SLOTS = 16384 };
    static cptr_t blocks[BLOCKS], slots[SLOTS];
    struct spawn_request request = request_new(&short_source);
    const struct ram_source *source = ram_source();
    uint64_t bytes = 0;
    unsigned count = 0, refused = 0;

    missing = 0;
    CHECK_OK(build_once(&request, &bytes));
    request.source = &prepared_source;
    for (unsigned i = 0; i < BLOCKS; i++) {
        CHECK_OK(ram_alloc(bytes, &blocks[i]));
    }
    ram_source_set(&refusing_source);
    while (count < SLOTS && !slot_alloc(&slots[count])) {
        count++;
    }
    uint64_t capabilities = mdb_count_still();
    for (unsigned i = 0; i < BLOCKS && i < count; i++) {
        prepared = blocks[i];
        refused += build_once(&request, &bytes) != ERR_OK;
        capabilities--;
        if (i + 1 < BLOCKS && count) slot_free(slots[--count]);
    }
    while (count) {
        slot_free(slots[--count]);
    }
    ram_source_set(source);
    EXPECT_EQ(mdb_count_still(), capabilities);
    test_note("%u of %u refused", refused, (unsigned)BLOCKS);
    EXPECT(refused >= 1 && refused < BLOCKS);
}

/* What the caller hands over is refused late. */
static void build_with_bad_capabilities(void)
{
    struct spawn_request request = request_new(NULL);
    const cptr_t empty = CPTR(0, CNODE_L2_SLOTS - 1);
    const char *name = "bad";
    uint64_t bytes;
    struct own before = own_still();

    request.file_frame = SLOT_DISPATCHER;
    EXPECT(build_once(&request, &bytes) != ERR_OK);
    own_is(before);
    request = request_new(NULL);
    request.passed = &empty;
    request.passed_names = &name;
    request.passed_count = 1;
    EXPECT(build_once(&request, &bytes) != ERR_OK);
    own_is(before);
    request = request_new(NULL);
    request.supervisor = SLOT_DISPATCHER;
    EXPECT(build_once(&request, &bytes) != ERR_OK);
    own_is(before);
    request = request_new(NULL);
    request.services[3] = empty;
    EXPECT(build_once(&request, &bytes) != ERR_OK);
    own_is(before);
}

static void build_all(void)
{
    cptr_t ram;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_retype_new(&file_frame, ram, 0, CAP_FRAME, PAGE_SIZE));
    build_without_ram();
    if (!test_failed()) build_without_slots();
    if (!test_failed()) build_with_bad_capabilities();
    CHECK_OK(cap_free(file_frame));
    CHECK_OK(cap_free(ram));
}

static void spawn_build_fails_at_every_step(void)
{
    leaves_nothing(build_all);
}

/* Goes from its first page to its last, and ends with a status. */
static void write_long_program(volatile uint32_t *text, uint64_t bytes)
{
    volatile uint32_t *end = text + (bytes - PAGE_SIZE) / sizeof(*text);

    text[0] = 0x14000000 | (uint32_t)(end - text);                      /* b end */
    end[0] = 0xd2800009 | SLOT_DISPATCHER << 5;                         /* mov x9, SLOT_DISPATCHER */
    end[1] = 0xd2800008 | (uint32_t)SYS_OP(SYS_INVOKE, DISP_EXIT) << 5; /* mov x8, DISP_EXIT */
    end[2] = 0xd2800000 | 77 << 5;                                      /* mov x0, 77 */
    end[3] = 0xd4000001;                                                /* svc 0 */
}

static void run_long(uint64_t bytes)
{
    struct elf_image long_image = image;
    struct spawn_request request = request_new(NULL);
    struct disp_values state = {0};
    struct spawned child;
    cptr_t ram, frame;
    vaddr_t va;

    CHECK_OK(ram_new(&ram, bytes));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, bytes));
    CHECK_OK(paging_map(frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "program", &va));
    write_long_program((volatile uint32_t *)va, bytes);
    long_image.segment[0].file_bytes = long_image.segment[0].bytes = bytes;
    long_image.segment[1].va += bytes;
    request.image = &long_image;
    request.file = (const void *)va;
    request.file_frame = frame;
    CHECK_OK(spawn_build(&request, &child));
    CHECK_OK(spawn_start(&child));
    for (unsigned i = 0; i < 1000 && state.v[0] != DISP_STATE_STOPPED; i++) {
        thread_sleep_ms(2);
        CHECK_OK(disp_read(child.dispatcher, DISP_READ_STATE, 0, &state));
    }
    EXPECT_EQ(state.v[0], DISP_STATE_STOPPED);
    EXPECT_EQ(state.v[1], EXIT_NORMAL);
    EXPECT_EQ(state.v[2], 77);
    CHECK_OK(spawn_destroy(&child));
    CHECK_OK(paging_unmap(va, bytes));
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
}

static void run_all_long(void)
{
    run_long(MIB + 5 * PAGE_SIZE);
    run_long(16 * MIB);
}

static void long_programs_run(void)
{
    leaves_nothing(run_all_long);
}

static const struct test tests[] = {
    TEST(spawn_build_fails_at_every_step),
    TEST(long_programs_run),
};
TEST_MAIN(tests)
