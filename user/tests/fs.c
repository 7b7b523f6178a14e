/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fs against clients that mean harm or die: malformed requests, numbers of others, buffers that change and vanish, processes that end at any
 * step. An honest client is served all the while, and everything comes back. With an argument it is such a client.
 */
#include "support.h"
#include <arch/disable.h>
#include <errno.h>
#include <fcntl.h>
#include <idl/fs.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <libc/program.h>
#include <messaging/channel.h>
#include <messaging/rpc.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <threads/thread.h>
#include <unistd.h>

#define SELF "/test/t_fs"
#define BUFFER 65536

/* A client of its own beside the process's. */
static err_t client_open(struct fs_client *fs)
{
    static const struct fs_client fresh = {.channel = CHANNEL_NAMED("fs")};
    *fs = fresh;
    return channel_bind(&fs->channel);
}

/* The honest client, which would notice. */
static bool honest(void)
{
    char bytes[6] = "";
    int fd = open("/tmp/honest", O_RDWR | O_CREAT | O_TRUNC, 0666);
    bool good = fd >= 0 && write(fd, "honest", 6) == 6 && lseek(fd, 0, SEEK_SET) == 0 && read(fd, bytes, 6) == 6 &&
                memcmp(bytes, "honest", 6) == 0;
    close(fd);
    return good && unlink("/tmp/honest") == 0;
}

static err_t frame_make(uint64_t bytes, cptr_t *frame)
{
    cptr_t ram;
    err_t err = ram_alloc(bytes, &ram);
    if (err == ERR_OK) err = cap_retype_new(frame, ram, 0, CAP_FRAME, bytes);
    cap_free(ram);
    return err;
}

/* Any method, any words, any capability: an answer each time. */
static err_t raw_request(struct fs_client *fs, uint64_t *seed, unsigned method)
{
    static uint64_t w[200];
    static const cptr_t sent[] = {SLOT_ENDPOINT, SLOT_DISPATCHER, SLOT_INFO, SLOT_CSPACE};
    cptr_t received[4];
    unsigned words = random_next(seed) % 8 ? (unsigned)(random_next(seed) % 8) : (unsigned)(random_next(seed) % 190);
    for (unsigned i = 1; i <= words; i++)
        w[i] = random_next(seed) % 4 ? random_next(seed) % 6 : random_next(seed);
    struct rpc rpc = {
        .w = w,
        .method = method,
        .request_bytes = words * 8,
        .reply_room = sizeof w - 8,
        .cap_count = random_next(seed) % 4 == 0,
        .caps = &sent[random_next(seed) % 4],
        .reply_caps = received,
        .reply_cap_room = 4,
    };
    ticks_t before = rpc_set_deadline(deadline_after_ms(2)); /* it may have asked to wait */
    err_t err = rpc_call(&fs->channel, &rpc);
    rpc_set_deadline(before);
    if (err == ERR_OK) rpc_drop_caps(&rpc);
    return err;
}

static void malformed(void)
{
    struct fs_client fs;
    uint64_t seed = test_seed();
    unsigned refused = 0, count = test_quick() ? 300 : 2000;
    CHECK_OK(client_open(&fs));
    for (unsigned i = 0; i < count; i++) {
        err_t err = raw_request(&fs, &seed, (unsigned)(random_next(&seed) % 30));
        refused += err != ERR_OK;
        if (err == ERR_PEER_DEAD) break;
        if (fs.channel.state != CHANNEL_BOUND) CHECK_OK(channel_rebind(&fs.channel));
    }
    EXPECT(refused > count / 2);
    CHECK(honest());
    fs_client_close(&fs);
}

static void U2_malformed_requests(void)
{
    leaves_nothing(malformed);
}

/* A file is lent to one process, by one key, once, and while it is open. */
static void U2_loans(void)
{
    struct fs_client a, b;
    uint64_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    uint32_t number, taken;
    uint64_t offset;
    CHECK_OK(client_open(&a));
    CHECK_OK(client_open(&b));
    CHECK_OK(fs_open(&a, "/tmp/lent", FS_READ | FS_WRITE | FS_CREATE, 0666, &number));
    EXPECT_ERR(fs_lend(&a, number + 1, pid, 7, 0), ERR_NOT_OPEN);
    CHECK_OK(fs_lend(&a, number, pid + 1, 7, 0)); /* somebody else's */
    EXPECT_ERR(fs_borrow(&b, 7, 0, &taken), ERR_NOT_FOUND);
    CHECK_OK(fs_lend(&a, number, pid, 7, 0));
    EXPECT_ERR(fs_borrow(&b, 8, 0, &taken), ERR_NOT_FOUND);
    EXPECT_ERR(fs_borrow(&b, 7, 1, &taken), ERR_NOT_FOUND);
    CHECK_OK(fs_borrow(&b, 7, 0, &taken));
    EXPECT_ERR(fs_borrow(&b, 7, 0, &taken), ERR_NOT_FOUND);
    CHECK_OK(fs_write(&a, number, "abc", 3, NULL));
    CHECK_OK(fs_seek(&b, taken, 0, FS_WHENCE_CURRENT, &offset)); /* the same open file */
    EXPECT_EQ(offset, 3);
    unsigned more = 0;
    while (more < 100 && fs_lend(&a, number, pid, 9, more) == ERR_OK)
        more++;
    EXPECT_EQ(more, 15);
    CHECK_OK(fs_close(&a, number));
    EXPECT_ERR(fs_borrow(&b, 9, 1, &taken), ERR_NOT_OPEN);
    fs_client_close(&a); /* the others go with it */
    CHECK_OK(fs_close(&b, taken));
    for (unsigned i = 0; i < 100 && fs_borrow(&b, 9, 2, &taken) != ERR_NOT_FOUND; i++)
        thread_yield();
    EXPECT_ERR(fs_borrow(&b, 9, 2, &taken), ERR_NOT_FOUND);
    EXPECT_EQ(unlink("/tmp/lent"), 0);
    fs_client_close(&b);
}

static void U2_numbers_of_others(void)
{
    struct fs_client a, b;
    uint32_t number, other;
    char byte;
    size_t count;
    cptr_t endpoint;
    struct fs_attributes attributes;
    CHECK_OK(client_open(&a));
    CHECK_OK(client_open(&b));
    CHECK_OK(fs_open(&a, "/tmp/mine", FS_READ | FS_WRITE | FS_CREATE, 0666, &number));
    static const uint32_t never[] = {0, 2, 100, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < 6; i++) {
        other = i < 5 ? never[i] : number;
        EXPECT_ERR(fs_read(&b, other, 1, &byte, 1, &count), ERR_NOT_OPEN);
        EXPECT_ERR(fs_write(&b, other, &byte, 1, NULL), ERR_NOT_OPEN);
        EXPECT_ERR(fs_close(&b, other), ERR_NOT_OPEN);
        EXPECT_ERR(fs_status(&b, other, &attributes), ERR_NOT_OPEN);
        EXPECT_ERR(fs_share(&b, other, &endpoint), ERR_NOT_OPEN);
        EXPECT_ERR(fs_truncate(&b, other, 5), ERR_NOT_OPEN);
        EXPECT_ERR(fs_await(&b, other, FS_READ, 0), ERR_NOT_OPEN);
    }
    CHECK_OK(fs_close(&a, number));
    EXPECT_ERR(fs_close(&a, number), ERR_NOT_OPEN);
    EXPECT_EQ(unlink("/tmp/mine"), 0);
    fs_client_close(&a);
    fs_client_close(&b);
}

static void U2_buffers_that_are_none(void)
{
    struct fs_client fs;
    cptr_t ram, frame, readable, large;
    uint32_t number, count;
    CHECK_OK(client_open(&fs));
    CHECK_OK(fs_open(&fs, "/etc/inventory", FS_READ, 0, &number));
    EXPECT_ERR(fs_read_buffer(&fs, number, 0, 1, &count), ERR_OVERFLOW);
    EXPECT(fs_set_buffer(&fs, 0) != ERR_OK);
    EXPECT_ERR(fs_set_buffer(&fs, SLOT_ENDPOINT), ERR_CAP_TYPE);
    EXPECT_ERR(fs_set_buffer(&fs, SLOT_DISPATCHER), ERR_CAP_TYPE);
    EXPECT_ERR(fs_set_buffer(&fs, SLOT_CSPACE), ERR_CAP_TYPE);
    CHECK_OK(ram_alloc(BUFFER, &ram));
    EXPECT_ERR(fs_set_buffer(&fs, ram), ERR_CAP_TYPE);
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, BUFFER));
    CHECK_OK(slot_alloc(&readable));
    CHECK_OK(cap_copy_rights(readable, frame, MAP_READ));
    EXPECT_ERR(fs_set_buffer(&fs, readable), ERR_CAP_RIGHTS);
    CHECK_OK(frame_make(FS_BUFFER_MAX + PAGE_SIZE, &large));
    EXPECT_ERR(fs_set_buffer(&fs, large), ERR_TOO_LONG);
    CHECK_OK(fs_set_buffer(&fs, frame));
    CHECK_OK(fs_read_buffer(&fs, number, BUFFER, 0, &count));
    EXPECT_ERR(fs_read_buffer(&fs, number, BUFFER, 1, &count), ERR_OVERFLOW);
    EXPECT_ERR(fs_read_buffer(&fs, number, 1, BUFFER, &count), ERR_OVERFLOW);
    EXPECT_ERR(fs_read_buffer(&fs, number, 0xffffffff, 2, &count), ERR_OVERFLOW);
    EXPECT_ERR(fs_read_buffer(&fs, number, 1, 0xffffffff, &count), ERR_OVERFLOW);
    CHECK_OK(fs_read_buffer(&fs, number, BUFFER - 10, 10, &count));
    EXPECT_EQ(count, 10);
    fs_client_close(&fs);
    cap_free(large);
    cap_free(readable);
    cap_free(frame);
    cap_free(ram);
}

/* The frame is gone when fs comes to it, before a read and before a write; then there is another. */
static void revoked(void)
{
    struct fs_client fs;
    cptr_t ram, frame;
    uint32_t number, count;
    struct fs_attributes attributes;
    CHECK_OK(client_open(&fs));
    CHECK_OK(fs_open(&fs, "/tmp/revoked", FS_READ | FS_WRITE | FS_CREATE | FS_TRUNCATE, 0666, &number));
    for (unsigned i = 0; i < 4; i++) {
        CHECK_OK(ram_alloc(BUFFER, &ram));
        CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, BUFFER));
        CHECK_OK(fs_set_buffer(&fs, frame));
        CHECK_OK(fs_write_buffer(&fs, number, 0, 10000, &count));
        CHECK_EQ(count, 10000);
        CHECK_OK(cap_revoke(i % 2 ? ram : frame));
        EXPECT_ERR(fs_write_buffer(&fs, number, 0, 10000, &count), ERR_MAPPING_GONE);
        CHECK_OK(fs_seek(&fs, number, 0, FS_WHENCE_START, &(uint64_t){0}));
        EXPECT_ERR(fs_read_buffer(&fs, number, 0, 10000, &count), ERR_MAPPING_GONE);
        CHECK_OK(fs_status(&fs, number, &attributes));
        EXPECT_EQ(attributes.bytes, 10000);
        CHECK(honest());
        cap_free(frame); /* or its slot alone: it died with `ram` */
        cap_free(ram);
    }
    fs_client_close(&fs);
    EXPECT_EQ(unlink("/tmp/revoked"), 0);
}

static void U3_buffers_are_revoked(void)
{
    leaves_nothing(revoked);
}

/* A child in one of the roles below. */
static err_t role_start(const char *role, const char *argument, uint64_t *pid)
{
    char *argv[] = {(char *)"t_fs", (char *)role, (char *)argument, NULL};
    struct program_options options = {.argv = argv, .priority = PROGRAM_PRIORITY_SAME};
    return program_spawn(SELF, &options, pid);
}

/* Revokes its buffer again and again from a thread while another uses it. */
static volatile bool revoker_ends;
static cptr_t revoker_ram;

static int revoker(void *argument)
{
    (void)argument;
    while (!revoker_ends) {
        cap_revoke(revoker_ram);
        thread_yield();
    }
    return 0;
}

static int role_revoke_in_use(void)
{
    struct fs_client fs;
    struct thread *thread;
    uint32_t number, count;
    unsigned gone = 0, good = 0;
    if (client_open(&fs) || fs_open(&fs, "/tmp/race", FS_READ | FS_WRITE | FS_CREATE, 0666, &number)) return 2;
    if (ram_alloc(BUFFER, &revoker_ram) || thread_create(&thread, revoker, NULL, NULL)) return 2;
    for (unsigned i = 0; i < 3000 && (gone < 50 || good < 5); i++) {
        cptr_t frame;
        if (cap_retype_new(&frame, revoker_ram, 0, CAP_FRAME, BUFFER)) continue;
        err_t err = fs_set_buffer(&fs, frame);
        for (unsigned n = 0; n < 4 && !err; n++) {
            err = n % 2 ? fs_read_buffer(&fs, number, 0, BUFFER, &count)
                        : fs_write_buffer(&fs, number, 0, BUFFER, &count);
            fs_seek(&fs, number, 0, FS_WHENCE_START, &(uint64_t){0});
            good += !err;
            thread_yield();
        }
        gone += err == ERR_MAPPING_GONE;
        cap_free(frame);
    }
    revoker_ends = true;
    thread_join(thread, NULL);
    return gone > 0 ? 0 : 1;
}

static void revoked_in_use(void)
{
    uint64_t pid;
    struct proc_exit end;
    CHECK_OK(role_start("revoke", "", &pid));
    for (unsigned i = 0; i < 20; i++)
        CHECK(honest());
    CHECK_OK(proc_wait(proc_default(), pid, &end));
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(unlink("/tmp/race"), 0);
}

static void U3_buffers_are_revoked_while_in_use(void)
{
    leaves_nothing(revoked_in_use);
}

/* Ends without a word after so many steps of all that a client does. */
static int role_die(unsigned step)
{
    static char much[100000];
    struct fs_client fs;
    uint32_t number, reader, writer, count;
    cptr_t frame, endpoint;
    if (step-- == 0) _exit(0);
    if (client_open(&fs)) return 1;
    if (step-- == 0) _exit(0);
    if (fs_open(&fs, "/tmp/dying", FS_READ | FS_WRITE | FS_CREATE, 0666, &number)) return 1;
    if (step-- == 0) _exit(0);
    if (frame_make(BUFFER, &frame) || fs_set_buffer(&fs, frame)) return 1;
    if (step-- == 0) _exit(0);
    if (fs_write_buffer(&fs, number, 0, BUFFER, &count)) return 1;
    if (step-- == 0) _exit(0);
    if (fs_share(&fs, number, &endpoint)) return 1;
    if (step-- == 0) _exit(0);
    if (fs_pipe(&fs, &reader, &writer)) return 1;
    if (step-- == 0) _exit(0);
    if (unlink("/tmp/dying") != 0) return 1;
    int fd = open("/tmp/dying", O_RDWR | O_CREAT, 0666);
    if (fd < 0 || unlink("/tmp/dying") != 0 || write(fd, much, sizeof much) != sizeof much) return 1;
    if (step-- == 0) _exit(0);
    /* in the middle of a request of several fragments */
    uint64_t w[8] = {MESSAGE_HEADER(3, 77, 512), writer, 500};
    if (fs.channel.transport->send(fs.channel.endpoint, fs.channel.ump, w, 8, 0)) return 1;
    if (step-- == 0) _exit(0);
    _exit(0);
}

/* From here on a role's parent knows that it has come so far. */
static void role_ready(void)
{
    write(STDOUT_FILENO, "x", 1);
}

/* In a call that does not end. */
static int role_hang(unsigned which)
{
    struct fs_client fs;
    uint32_t read, write, count;
    size_t bytes;
    char byte;
    static char much[1000];
    if (client_open(&fs) || fs_pipe(&fs, &read, &write)) return 1;
    while (which == 2 && fs_write(&fs, write, much, sizeof much, &count) == ERR_OK)
        ;
    role_ready();
    if (which == 0) fs_read(&fs, read, 1, &byte, 1, &bytes);
    if (which == 1) fs_await(&fs, read, FS_READ, 0);
    if (which == 2) fs_await(&fs, write, FS_WRITE, sizeof much);
    return 1;
}

/* Everything that one process can get hold of. */
static int role_hoard(void)
{
    static struct fs_client fs[20];
    uint32_t a, b;
    cptr_t frame, endpoint;
    unsigned clients = 0, all = 0;
    if (frame_make(BUFFER, &frame)) return 1;
    while (clients < 20 && client_open(&fs[clients]) == ERR_OK)
        clients++;
    for (unsigned i = 0; i < clients; i++) {
        if (fs_set_buffer(&fs[i], frame)) return 1;
        while (fs_pipe(&fs[i], &a, &b) == ERR_OK && fs_share(&fs[i], a, &endpoint) == ERR_OK)
            all++;
        while (fs_open(&fs[i], "/etc/inventory", FS_READ, 0, &a) == ERR_OK)
            all++;
    }
    if (clients == 0 || clients == 20 || all == 0 || all > 1000) return 1;
    role_ready();
    thread_sleep_ms(100000);
    return 1;
}

/* Requests for long replies, none of which is ever taken: its replies' ring fills, then its backlog at fs. */
static int role_flood(void)
{
    struct fs_client fs;
    uint32_t number;
    unsigned refused = 0;
    if (client_open(&fs) || fs_open(&fs, "/test", FS_READ, 0, &number)) return 1;
    role_ready();
    dispatcher_disable(); /* for ever: no upcall takes anything */
    for (unsigned id = 1; refused < 1000000; id++) {
        uint64_t w[8] = {MESSAGE_HEADER(11, id & 0xffff, 24), number, 0, 0};
        refused += fs.channel.transport->send(fs.channel.endpoint, fs.channel.ump, w, 4, 0) != ERR_OK;
    }
    return 1;
}

/* Starts a role and waits until it is ready. */
static err_t role_begin(const char *role, const char *argument, uint64_t *pid)
{
    int out[2];
    char byte;
    char *argv[] = {(char *)"t_fs", (char *)role, (char *)argument, NULL};
    if (pipe(out) != 0) return ERR_DEVICE;
    int fds[] = {0, out[1], 2};
    struct program_options options = {.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME};
    err_t err = program_spawn(SELF, &options, pid);
    close(out[1]);
    if (err == ERR_OK && read(out[0], &byte, 1) != 1) err = ERR_CLOSED;
    close(out[0]);
    return err;
}

static void role_kill(uint64_t pid)
{
    struct proc_exit end;
    CHECK_OK(proc_kill(proc_default(), pid));
    CHECK_OK(proc_wait(proc_default(), pid, &end));
}

static void dies(void)
{
    char step[4];
    uint64_t pid;
    struct proc_exit end;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(step, sizeof step, "%u", i);
        CHECK_OK(role_start("die", step, &pid));
        CHECK_OK(proc_wait(proc_default(), pid, &end));
        EXPECT_EQ(end.status, 0);
        CHECK(honest());
        unlink("/tmp/dying");
    }
}

static void U3_clients_die_at_any_step(void)
{
    leaves_nothing(dies);
}

static void hangs(void)
{
    static const char *const which[] = {"0", "1", "2"};
    uint64_t pid;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_OK(role_begin("hang", which[i], &pid));
        CHECK(honest());
        role_kill(pid);
    }
}

static void U3_clients_are_killed_while_they_wait(void)
{
    leaves_nothing(hangs);
}

static void hoards(void)
{
    uint64_t pid;
    CHECK_OK(role_begin("hoard", "", &pid));
    for (unsigned i = 0; i < 10; i++)
        CHECK(honest());
    role_kill(pid);
}

static void U8_a_client_takes_all_it_can(void)
{
    leaves_nothing(hoards);
}

static void floods(void)
{
    uint64_t pid;
    CHECK_OK(role_begin("flood", "", &pid));
    for (unsigned i = 0; i < 50; i++)
        CHECK(honest());
    role_kill(pid);
}

static void U3_a_client_takes_no_replies(void)
{
    leaves_nothing(floods);
}

/* Whoever waits no longer is forgotten: more of them than may wait at once. */
static void U3_waits_that_are_given_up(void)
{
    struct fs_client fs;
    uint32_t read, write, count;
    char byte;
    size_t bytes;
    CHECK_OK(client_open(&fs));
    CHECK_OK(fs_pipe(&fs, &read, &write));
    for (unsigned i = 0; i < 100; i++) {
        ticks_t before = rpc_set_deadline(deadline_after_us(200));
        err_t err = i % 2 ? fs_read(&fs, read, 1, &byte, 1, &bytes) : fs_await(&fs, read, FS_READ, 0);
        rpc_set_deadline(before);
        CHECK_ERR(err, ERR_TIMEOUT);
    }
    CHECK_OK(fs_write(&fs, write, "z", 1, &count));
    CHECK_OK(fs_read(&fs, read, 1, &byte, 1, &bytes));
    EXPECT(bytes == 1 && byte == 'z'); /* nobody that is gone has read it */
    fs_client_close(&fs);
}

/* Two processes hold the same endpoint, which only one can be: the other is cut off, nobody else. */
static void U2_an_endpoint_is_bound_twice(void)
{
    struct fs_client fs;
    uint32_t number;
    cptr_t endpoint;
    char byte;
    size_t count;
    CHECK_OK(client_open(&fs));
    CHECK_OK(fs_open(&fs, "/etc/inventory", FS_READ, 0, &number));
    CHECK_OK(fs_share(&fs, number, &endpoint));
    struct fs_client one = FS_CLIENT_SLOT(endpoint), two = FS_CLIENT_SLOT(endpoint);
    CHECK_OK(fs_read(&one, 0, 1, &byte, 1, &count));
    CHECK_OK(fs_read(&two, 0, 1, &byte, 1, &count));
    ticks_t before = rpc_set_deadline(deadline_after_ms(50));
    EXPECT(fs_read(&one, 0, 1, &byte, 1, &count) != ERR_OK);
    rpc_set_deadline(before);
    EXPECT_ERR(fs_close(&two, 0), ERR_NOT_OPEN);
    CHECK(honest());
    fs_client_close(&one);
    fs_client_close(&two);
    cap_free(endpoint);
    fs_client_close(&fs);
}

/* Files that were open at a fs that is gone are I/O errors; its successor is found by the next call, and has what was written. */
static void U3_fs_is_killed(void)
{
    char bytes[300];
    cptr_t endpoint;
    uint64_t pid, successor;
    int fds[2];
    CHECK(honest());
    int fd = open("/tmp/kept", O_RDWR | O_CREAT, 0666);
    CHECK(fd >= 0 && pipe(fds) == 0);
    CHECK_EQ(write(fd, "kept", 4), 4);
    CHECK_OK(names_lookup(names_default(), "fs", &pid, &endpoint));
    cap_free(endpoint);
    CHECK_OK(proc_kill(proc_default(), pid));
    EXPECT(read(fds[0], bytes, 1) == -1 && errno == EIO);
    EXPECT(read(fd, bytes, sizeof bytes) == -1 && errno == EIO);
    EXPECT(honest());
    EXPECT(read(fd, bytes, 1) == -1 && errno == EIO); /* not somebody else's number at the new one */
    EXPECT(write(fd, bytes, 300) == -1 && errno == EIO);
    EXPECT_EQ(close(fd), 0);
    EXPECT_EQ(close(fds[0]), 0);
    EXPECT_EQ(close(fds[1]), 0);
    fd = open("/tmp/kept", O_RDONLY);
    CHECK(fd >= 0);
    EXPECT(read(fd, bytes, sizeof bytes) == 4 && memcmp(bytes, "kept", 4) == 0);
    EXPECT_EQ(close(fd), 0);
    EXPECT_EQ(unlink("/tmp/kept"), 0);
    CHECK_OK(names_lookup(names_default(), "fs", &successor, &endpoint));
    cap_free(endpoint);
    EXPECT(successor != pid);
}

static const struct test tests[] = {
    TEST(U2_malformed_requests),
    TEST(U2_numbers_of_others),
    TEST(U2_loans),
    TEST(U2_buffers_that_are_none),
    TEST(U2_an_endpoint_is_bound_twice),
    TEST(U3_buffers_are_revoked),
    TEST(U3_buffers_are_revoked_while_in_use),
    TEST(U3_clients_die_at_any_step),
    TEST(U3_clients_are_killed_while_they_wait),
    TEST(U3_a_client_takes_no_replies),
    TEST(U3_waits_that_are_given_up),
    TEST(U8_a_client_takes_all_it_can),
    TEST(U3_fs_is_killed),
};

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "revoke") == 0) return role_revoke_in_use();
    if (argc == 3 && strcmp(argv[1], "die") == 0) return role_die((unsigned)atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "hang") == 0) return role_hang((unsigned)atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "hoard") == 0) return role_hoard();
    if (argc == 3 && strcmp(argv[1], "flood") == 0) return role_flood();
    return test_main(tests, sizeof tests / sizeof tests[0], argc, argv);
}
