/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process for others to watch: `victim MODE [ARGUMENT...]` does one thing, mostly one that ends it. The tests in
 * process.c and paging.c, and those at the console, say what must become of it.
 */
#include "child.h"
#include "support.h"
#include <abi/spawn_info.h>
#include <idl/names.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

static volatile int sink;
static const int constant = 1;

static int do_exit(int argc, char **argv)
{
    return argc > 0 ? atoi(argv[0]) : 0;
}

static int do_spin(int argc, char **argv)
{
    for (;;) {
        sink = argc + (argv != 0);
    }
    return 0;
}

static int do_sleep(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (;;) {
        thread_sleep_ms(1000000);
    }
    return 0;
}

static int do_null(int argc, char **argv)
{
    (void)argc, (void)argv;
    *(volatile int *)(uintptr_t)sink = 1;
    return 0;
}

static int do_read(int argc, char **argv)
{
    (void)argc;
    return *(volatile char *)strtoull(argv[0], NULL, 0);
}

static int do_constant(int argc, char **argv)
{
    (void)argc, (void)argv;
    *(volatile int *)&constant = 2;
    return 0;
}

static int do_text(int argc, char **argv)
{
    (void)argc, (void)argv;
    *(volatile uint32_t *)(uintptr_t)do_text = 0;
    return 0;
}

static uint32_t code[64] __attribute__((aligned(64))) = {0xd65f03c0 /* ret */};

static int do_execute(int argc, char **argv)
{
    (void)argc, (void)argv;
    ((void (*)(void))(uintptr_t)code)();
    return 0;
}

static int recurse(int depth)
{
    volatile char room[1024];

    room[0] = (char)depth;
    return depth < 1 << 30 ? recurse(depth + 1) + room[0] : 0;
}

static int do_overflow(int argc, char **argv)
{
    (void)argv;
    return recurse(argc);
}

static int do_illegal(int argc, char **argv)
{
    (void)argc, (void)argv;
    __asm__ volatile("udf #0");
    return 0;
}

static int do_timer(int argc, char **argv)
{
    (void)argc, (void)argv;
    __asm__ volatile("msr cntv_ctl_el0, %0" ::"r"(1ul));
    return 0;
}

static int do_daif(int argc, char **argv)
{
    (void)argc, (void)argv;
    __asm__ volatile("msr daifset, #2");
    return 0;
}

static int do_abort(int argc, char **argv)
{
    (void)argc, (void)argv;
    abort();
}

/* Its fault handler faults. */
static int do_double(int argc, char **argv)
{
    struct dispatcher_frame *frame = (struct dispatcher_frame *)VADDR_FRAME;

    frame->entry_fault = 0x10;
    frame->entry_disabled_fault = 0x20;
    return do_null(argc, argv);
}

/* Garbage over the whole dispatcher frame, then whatever the next upcall makes of it. */
static int do_corrupt(int argc, char **argv)
{
    uint64_t seed = argc > 0 ? strtoull(argv[0], NULL, 0) : 1;
    volatile uint64_t *frame = (volatile uint64_t *)VADDR_FRAME;

    for (unsigned i = 0; i < DISP_FRAME_RINGS / 8; i++) {
        frame[i] = random_next(&seed);
    }
    for (;;) {
        raw6(SYS_YIELD, 0, 0, 0, 0, 0, 0, 0);
        raw6(SYS_BLOCK, 0, 0, 0, 0, 0, 0, 0);
        raw6(SYS_RESUME, 0, 0, 0, 0, 0, 0, 0);
    }
    return 0;
}

/* Deletes what it stands on. */
static int do_lose(int argc, char **argv)
{
    (void)argc;
    err_t err = cap_revoke((cptr_t)atoi(argv[0]));
    if (!err) {
        err = cap_delete((cptr_t)atoi(argv[0]));
    }
    for (;;) {
        raw6(SYS_YIELD, 0, 0, 0, 0, 0, 0, 0);
    }
    return err;
}

/* In the middle of a call that nobody answers. */
static int do_await(int argc, char **argv)
{
    (void)argc;
    err_t err = names_await(names_default(), argv[0], NULL, NULL);
    printf("await: %s\n", err_name(err));
    return 1;
}

/* Takes RAM until there is no more; prints how it was refused. */
static int do_hog(int argc, char **argv)
{
    uint64_t bytes = 0;
    err_t err;
    cptr_t ram;

    (void)argc, (void)argv;
    while ((err = ram_alloc(1 << 20, &ram)) == ERR_OK) {
        bytes += 1 << 20;
    }
    printf("hog: %s after %llu MiB\n", err_name(err), (unsigned long long)(bytes >> 20));
    return err == ERR_QUOTA || err == ERR_NO_MEMORY || err == ERR_NO_SLOTS ? 0 : 1;
}

/* The same, keeps it, and says so (child_hold_all) if it can. */
static int do_hold(int argc, char **argv)
{
    char name[32];

    child_held_name(name, sizeof(name), ((const struct spawn_info *)VADDR_INFO)->pid);
    do_hog(argc, argv);
    names_register(names_default(), name, SLOT_ENDPOINT);
    return do_sleep(argc, argv);
}

/* Copies a capability until there is no more room for any. `poor`: when all RAM that it can get is taken already. */
static int do_slots(int argc, char **argv)
{
    uint64_t copies = 0;
    err_t err;
    cptr_t copy;

    if (argc > 0) {
        do_hog(argc, argv);
    }
    while ((err = cap_copy_new(&copy, SLOT_FRAME)) == ERR_OK) {
        copies++;
    }
    printf("slots: %s after %llu\n", err_name(err), (unsigned long long)copies);
    return do_sleep(argc, argv);
}

/* One page in each 2 MiB of addresses: a page table for each. */
static int do_tables(int argc, char **argv)
{
    vaddr_t va = 160ull << 40;
    err_t err;

    if (argc > 0) {
        do_hog(argc, argv);
    }
    while ((err = paging_map_at(va, SLOT_INFO, 0, PAGE_SIZE, MAP_READ, "tables")) == ERR_OK) {
        va += 2 << 20;
    }
    printf("tables: %s after %llu\n", err_name(err), (unsigned long long)(va - (160ull << 40)) >> 21);
    return do_sleep(argc, argv);
}

/* Starts others like itself, without end. */
static int do_bomb(int argc, char **argv)
{
    uint64_t pid;

    (void)argc, (void)argv;
    for (;;) {
        if (child_start("victim bomb", &pid)) {
            thread_sleep_ms(5);
        }
    }
    return 0;
}

/* Starts and waits for programs that end at once, without end. */
static int do_breed(int argc, char **argv)
{
    struct proc_exit exit;

    (void)argc, (void)argv;
    for (;;) {
        child_run("victim exit 0", &exit);
    }
    return 0;
}

/* Touches lazily backed memory until there is no more. */
static int do_touch(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (;;) {
        volatile char *more = malloc(1 << 20);
        if (!more) {
            printf("touch: malloc refuses\n");
            return 0;
        }
        for (unsigned i = 0; i < 1 << 20; i += PAGE_SIZE) {
            more[i] = 1;
        }
    }
}

static int do_args(int argc, char **argv)
{
    size_t bytes = 0;

    for (int i = 0; i < argc; i++) {
        bytes += strlen(argv[i]) + 1;
        if (strlen(argv[i]) < 64) {
            printf("[%s]\n", argv[i]);
        }
    }
    printf("%d arguments, %zu bytes, HOME=%s\n", argc, bytes, getenv("HOME") ? getenv("HOME") : "");
    return 0;
}

static int do_passed(int argc, char **argv)
{
    struct cap_info info;

    (void)argc, (void)argv;
    return cap_identify(SLOT_PASSED, &info) ? 1 : 100 + (int)info.type;
}

static int do_unmap(int argc, char **argv)
{
    volatile char *page;
    vaddr_t va;
    cptr_t ram, frame;

    (void)argc, (void)argv;
    if (ram_alloc(PAGE_SIZE, &ram) || cap_retype_new(&frame, ram, 0, CAP_FRAME, PAGE_SIZE) ||
        paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "victim", &va)) {
        return 1;
    }
    page = (volatile char *)va;
    *page = 1;
    if (argc > 0 && !strcmp(argv[0], "protect")) {
        if (paging_protect(va, PAGE_SIZE, MAP_READ)) {
            return 2;
        }
    } else if (argc > 0 && !strcmp(argv[0], "revoke")) {
        if (cap_revoke(frame)) {
            return 3;
        }
    } else if (argc > 0 && !strcmp(argv[0], "revoke-ram")) {
        if (cap_revoke(ram)) {
            return 4;
        }
    } else if (paging_unmap(va, PAGE_SIZE)) {
        return 5;
    }
    *page = 2; /* must fault although the TLB has just known it */
    return 6;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} modes[] = {
    {"exit", do_exit},         {"spin", do_spin},         {"sleep", do_sleep},     {"null", do_null},
    {"read", do_read},         {"constant", do_constant}, {"text", do_text},       {"execute", do_execute},
    {"overflow", do_overflow}, {"illegal", do_illegal},   {"timer", do_timer},     {"daif", do_daif},
    {"abort", do_abort},       {"double", do_double},     {"corrupt", do_corrupt}, {"lose", do_lose},
    {"await", do_await},       {"hog", do_hog},           {"hold", do_hold},       {"touch", do_touch},
    {"args", do_args},         {"passed", do_passed},     {"unmap", do_unmap},     {"slots", do_slots},
    {"tables", do_tables},     {"bomb", do_bomb},         {"breed", do_breed},
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (!strcmp(argv[1], modes[i].name)) {
            return modes[i].run(argc - 2, argv + 2);
        }
    }
    bool help = argc == 2 && !strcmp(argv[1], "--help");
    FILE *to = help ? stdout : stderr;
    fprintf(to, "usage: victim MODE [ARGUMENT...], where MODE is");
    for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        fprintf(to, " %s", modes[i].name);
    }
    fprintf(to, "\n");
    return help ? 0 : 2;
}
