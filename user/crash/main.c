/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that goes wrong, in the way that is asked for: for trying out fault reports and exit statuses.
 */
#include <abi/dispatcher.h>
#include <abi/slots.h>
#include <assert.h>
#include <cli/cli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>

static void crash_null(void)
{
    static int *volatile nowhere; /* null, but the compiler cannot know */
    *nowhere = 42;
}

static void crash_readonly(void)
{
    static const int constant = 1; /* a volatile one would lie in .data, which is not read-only */
    *(volatile int *)&constant = 2;
}

static void crash_execute(void)
{
    static uint32_t instructions[4] = {0xd503201f, 0xd65f03c0}; /* nop; ret */
    void (*data)(void);
    void *address = instructions;
    memcpy(&data, &address, sizeof data);
    data();
}

/* Each call keeps a frame of its own, and needs it after the next one has returned. */
static unsigned recurse(unsigned depth)
{
    volatile unsigned frame[64];
    frame[depth % 64] = depth;
    return recurse(depth + 1) + frame[depth % 64];
}

static void crash_stack(void)
{
    printf("%u\n", recurse(0));
}

static void crash_undefined(void)
{
    __asm__ volatile("udf #0");
}

static void crash_privileged(void)
{
    __asm__ volatile("msr daifset, #15\n\tmsr ttbr0_el1, xzr");
}

static void crash_abort(void)
{
    abort();
}

static void crash_assert(void)
{
    assert(!"crash was asked to");
}

static int other_thread(void *argument)
{
    (void)argument;
    crash_null();
    return 0;
}

static void crash_thread(void)
{
    struct thread *thread;
    static const struct thread_options options = {.name = "victim"};
    if (thread_create(&thread, other_thread, NULL, &options) == 0) {
        thread_join(thread, NULL);
    }
}

/* The handler is where the process's own dispatcher frame says: send it where nothing is. */
static void crash_handler(void)
{
    volatile struct dispatcher_frame *frame = (volatile struct dispatcher_frame *)VADDR_FRAME;
    frame->entry_fault = VADDR_PROGRAM - 4096;
    crash_null();
}

static const struct mode {
    const char *name;
    void (*run)(void);
} modes[] = {
    {"null", crash_null},       {"readonly", crash_readonly},   {"execute", crash_execute},
    {"stack", crash_stack},     {"undefined", crash_undefined}, {"privileged", crash_privileged},
    {"abort", crash_abort},     {"assert", crash_assert},       {"thread", crash_thread},
    {"handler", crash_handler},
};

static const struct cli cli = {"crash", "[null|readonly|execute|stack|undefined|privileged|abort|assert|thread|handler]",
                               "  Go wrong on purpose. The exit status is 128 + a signal's number, as shells have it:\n"
                               "  null        write to address 0 (139); this is what it does without an argument\n"
                               "  readonly    write to a constant (139)\n"
                               "  execute     jump into data (139)\n"
                               "  stack       recurse without end (139)\n"
                               "  undefined   run an undefined instruction (132)\n"
                               "  privileged  run an instruction of the kernel's (132)\n"
                               "  abort       call abort() (134)\n"
                               "  assert      fail an assertion (134)\n"
                               "  thread      write to address 0 in another thread (139)\n"
                               "  handler     fault while the fault handler is broken (139)\n"};

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    const char *wanted = argc > 1 ? argv[1] : "null";
    for (size_t i = 0; argc <= 2 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(modes[i].name, wanted) == 0) {
            modes[i].run();
            fprintf(stderr, "crash: still alive after '%s'\n", wanted);
            return 1;
        }
    }
    cli_refuse(&cli, "it does not know '%.40s'", argc > 2 ? argv[2] : wanted);
}
