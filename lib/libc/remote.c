/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files of fs. Those that this process opened are numbers on one channel; one that the parent passed is an endpoint, a channel of its own
 * whose file 0 it is. A little goes in messages, more through a frame that is shared with fs, made at its first use.
 *
 * Nothing waits while it holds that frame: fs answers ERR_AGAIN where it would have to, and await() is called without it.
 */
#include "table.h"
#include <poll.h>
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <libc/program.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads/sync.h>

#define BUFFER_BYTES (64 * 1024u)
#define IN_MESSAGE 256 /* more goes through the buffer */
#define FIND_MS 1000   /* how long fs is waited for, should it not be there */

struct remote {
    struct fs_client *fs;
    uint32_t generation; /* of the channel, when it was opened */
    uint32_t number;
    struct fs_client own; /* of a file that was passed, */
    cptr_t slot;          /* in this slot; 0: it was opened here */
    uint32_t *shared;     /* the channel's generation that knows the buffer, */
    uint32_t own_shared;  /* if the channel is the file's own */
    bool pipe;            /* it has taken less than it was offered */
};

static struct mutex mutex;  /* of binding */
static uint32_t all_shared; /* generation of the process's own channel that knows the buffer */

static struct {
    struct mutex mutex;
    cptr_t frame;
    char *memory;
} buffer;

err_t remote_error(err_t error)
{
    return error == ERR_PEER_DEAD || error == ERR_CLOSED || error == ERR_ENDPOINT_DEAD ? ERR_DEVICE : error;
}

/* Until its name is there (again). */
static err_t fs_await_name(void)
{
    cptr_t endpoint;
    uint64_t pid;
    ticks_t before = rpc_set_deadline(deadline_after_ms(FIND_MS));
    err_t err = names_await(names_default(), "fs", &pid, &endpoint);
    rpc_set_deadline(before);
    if (!err) cap_free(endpoint);
    return err;
}

err_t remote_channel(struct fs_client **out)
{
    struct fs_client *fs = *out = fs_default();
    if (channel_is_bound(&fs->channel)) return ERR_OK;
    mutex_lock(&mutex);
    err_t err = fs->channel.state == CHANNEL_DEAD ? channel_rebind(&fs->channel) : channel_bind(&fs->channel);
    if (err == ERR_NOT_FOUND || err == ERR_PEER_DEAD) {
        err = fs_await_name();
        if (!err) err = channel_rebind(&fs->channel);
    }
    mutex_unlock(&mutex);
    return err ? ERR_DEVICE : ERR_OK;
}

err_t remote_open(uint32_t number, int *fd)
{
    struct fs_client *fs = fs_default();
    struct remote *remote = calloc(1, sizeof *remote);
    err_t err = remote ? ERR_OK : ERR_NO_MEMORY;
    if (!err) {
        remote->fs = fs;
        remote->generation = fs->channel.generation;
        remote->number = number;
        remote->shared = &all_shared;
        err = file_open(&remote_ops, remote, fd);
    }
    if (err) {
        free(remote);
        fs_close(fs, number);
    }
    return err;
}

/* A file that was passed, and for which there is no memory: not the console, which would hear what is meant for a file. */
static err_t lost_read(void *file, void *bytes, size_t most, size_t *count)
{
    (void)file, (void)bytes, (void)most, (void)count;
    return ERR_NO_MEMORY;
}
static err_t lost_write(void *file, const void *bytes, size_t most, size_t *count)
{
    (void)file, (void)bytes, (void)most, (void)count;
    return ERR_NO_MEMORY;
}
static err_t lost_status(void *file, struct stat *status)
{
    (void)file, (void)status;
    return ERR_NO_MEMORY;
}
static const struct file_ops lost_ops = {.read = lost_read, .write = lost_write, .status = lost_status};

static void passed_put(int fd, struct remote *remote, void (*put)(int fd, const struct file_ops *ops, void *file))
{
    put(fd, remote ? &remote_ops : &lost_ops, remote);
}

/* Those of input, output and errors need no memory: a program that gets none can say so. */
static struct remote standard[3];

static bool is_standard(const struct remote *remote)
{
    return remote >= standard && remote < standard + 3;
}

static struct remote *passed_new(int fd)
{
    return fd < 3 ? &standard[fd] : calloc(1, sizeof(struct remote));
}

/* "fd12" -> 12; -1: something else. */
static int inherited_number(const char *name)
{
    int number = 0;
    if (name[0] != 'f' || name[1] != 'd' || name[2] == 0) return -1;
    for (name += 2; *name; name++) {
        if (*name < '0' || *name > '9' || number >= FILES_MAX) return -1;
        number = number * 10 + (*name - '0');
    }
    return number;
}

/* What a parent on another core lends: "FILES_LENT=KEY:012c" says which descriptors, and that the console is. */
static void borrowed_find(void (*put)(int fd, const struct file_ops *ops, void *file))
{
    const char *lent = getenv(FILES_LENT);
    char *at;
    if (!lent) return;
    uint64_t key = strtoull(lent, &at, 16);
    for (at += *at == ':'; *at >= '0' && *at <= '9'; at++) {
        struct fs_client *fs = fs_default();
        uint32_t number = UINT32_MAX;
        err_t err = remote_channel(&fs);
        if (!err) err = fs_borrow(fs, key, (uint32_t)(*at - '0'), &number);
        if (err == ERR_NOT_FOUND) continue; /* not ours: our parent's, too */
        struct remote *remote = passed_new(*at - '0');
        /* One that could not be had is a file that answers errors, and not the console. */
        if (remote)
            *remote =
                (struct remote){.fs = fs, .generation = fs->channel.generation, .number = number, .shared = &all_shared};
        passed_put(*at - '0', remote, put);
    }
    if (*at == 'c') console_borrow(key);
    unsetenv(FILES_LENT);
}

err_t remote_lend(const struct remote *remote, uint64_t pid, uint64_t key, uint32_t as)
{
    return remote_error(fs_lend(remote->fs, remote->number, pid, key, as));
}

void inherited_find(void (*put)(int fd, const struct file_ops *ops, void *file))
{
    const struct spawn_info *info = (const struct spawn_info *)VADDR_INFO;
    if (paging_is_fully_backed()) return; /* init has no description, and services no files */
    for (uint32_t i = 0; i < info->passed_count && i < SLOT_PASSED_MAX; i++) {
        int fd = inherited_number(info->passed[i]);
        if (fd < 0) continue;
        struct remote *remote = passed_new(fd);
        if (remote) {
            remote->slot = SLOT_PASSED + i;
            remote->own = (struct fs_client)FS_CLIENT_SLOT(SLOT_PASSED + i);
            remote->fs = &remote->own;
            remote->shared = &remote->own_shared;
        }
        passed_put(fd, remote, put);
    }
    borrowed_find(put);
}

/* Is it still the fs that has the file open? */
static err_t remote_check(struct remote *remote)
{
    struct channel *channel = &remote->fs->channel;
    err_t err = channel_is_bound(channel) ? ERR_OK : remote->slot ? channel_bind(channel) : ERR_DEVICE;
    if (!err && !remote->slot && channel->generation != remote->generation) err = ERR_DEVICE;
    return remote_error(err);
}

static err_t buffer_make(void)
{
    cptr_t ram;
    vaddr_t va;
    err_t err = ram_alloc(BUFFER_BYTES, &ram);
    if (err) return err;
    err = cap_retype_new(&buffer.frame, ram, 0, CAP_FRAME, BUFFER_BYTES);
    if (!err) {
        err = paging_map(buffer.frame, 0, BUFFER_BYTES, MAP_READ | MAP_WRITE, 0, "file buffer", &va);
        if (err) cap_free(buffer.frame);
    }
    cap_free(ram);
    if (err) {
        buffer.frame = 0;
        return err;
    }
    buffer.memory = (char *)va;
    return ERR_OK;
}

/* With the buffer's lock: it is there, and fs knows it on this channel. */
static err_t buffer_share(struct remote *remote)
{
    err_t err = buffer.frame ? ERR_OK : buffer_make();
    uint32_t generation = remote->fs->channel.generation;
    if (err || *remote->shared == generation) return err;
    err = fs_set_buffer(remote->fs, buffer.frame);
    if (!err) *remote->shared = generation;
    return err;
}

static err_t read_through_buffer(struct remote *remote, void *bytes, size_t most, size_t *count)
{
    uint32_t part = 0;
    mutex_lock(&buffer.mutex);
    err_t err = buffer_share(remote);
    if (!err) err = fs_read_buffer(remote->fs, remote->number, 0, most < BUFFER_BYTES ? most : BUFFER_BYTES, &part);
    if (!err) memcpy(bytes, buffer.memory, part);
    mutex_unlock(&buffer.mutex);
    *count = part;
    return err;
}

static err_t write_through_buffer(struct remote *remote, const void *bytes, size_t most, size_t *count)
{
    uint32_t room = remote->pipe ? FS_PIPE_HALF : BUFFER_BYTES;
    uint32_t part = most < room ? most : room, done = 0;
    mutex_lock(&buffer.mutex);
    err_t err = buffer_share(remote);
    if (!err) memcpy(buffer.memory, bytes, part);
    if (!err) err = fs_write_buffer(remote->fs, remote->number, 0, part, &done);
    mutex_unlock(&buffer.mutex);
    remote->pipe |= done < part;
    *count = done;
    return err;
}

/* Large reads go on until there is nothing more; a pipe gives what it has, but waits for something. */
static err_t remote_read(void *file, void *bytes, size_t most, size_t *count)
{
    struct remote *remote = file;
    err_t err = remote_check(remote);
    *count = 0;
    while (!err) {
        size_t part = 0, left = most - *count, want = left < BUFFER_BYTES ? left : BUFFER_BYTES;
        if (left <= IN_MESSAGE) {
            err = fs_read(remote->fs, remote->number, left, (char *)bytes + *count, left, &part);
        } else {
            err = read_through_buffer(remote, (char *)bytes + *count, left, &part);
        }
        if (err == ERR_AGAIN && *count == 0) {
            err = fs_await(remote->fs, remote->number, FS_READ, 0);
            continue;
        }
        if (err) break;
        *count += part;
        if (part < want || *count == most) break;
    }
    return *count > 0 ? ERR_OK : remote_error(err);
}

/* All of it, or what fits. */
static err_t remote_write(void *file, const void *bytes, size_t most, size_t *count)
{
    struct remote *remote = file;
    err_t err = remote_check(remote);
    *count = 0;
    do {
        size_t done = 0, left = most - *count;
        uint32_t part = 0;
        if (err) break;
        if (left <= IN_MESSAGE) {
            err = fs_write(remote->fs, remote->number, (const char *)bytes + *count, left, &part);
            done = part;
        } else {
            err = write_through_buffer(remote, (const char *)bytes + *count, left, &done);
        }
        if (err == ERR_AGAIN) {
            err = fs_await(remote->fs, remote->number, FS_WRITE, left);
            continue;
        }
        *count += done;
        if (done == 0) break;
    } while (*count < most);
    return remote_error(err);
}

/* A pipe that nobody writes to any more ends; one that nobody reads is an error. */
static err_t remote_ready(void *file, short *ready)
{
    struct remote *remote = file;
    uint32_t what = 0;
    err_t err = remote_check(remote);
    if (!err) err = fs_ready(remote->fs, remote->number, &what);
    if (err) return remote_error(err);
    *ready = (what & FS_READ ? POLLIN : 0) | (what & FS_WRITE ? POLLOUT : 0);
    if (what & FS_HANGUP) *ready |= what & FS_WRITE ? POLLERR : POLLHUP;
    return ERR_OK;
}

static err_t remote_seek(void *file, int64_t offset, int whence, int64_t *position)
{
    struct remote *remote = file;
    uint64_t now;
    err_t err = remote_check(remote);
    if (!err && (whence < 0 || whence > 2)) return ERR_INVALID;
    if (!err) err = fs_seek(remote->fs, remote->number, offset, (enum fs_whence)whence, &now);
    if (!err) *position = (int64_t)now;
    return remote_error(err);
}

static err_t remote_truncate(void *file, int64_t bytes)
{
    struct remote *remote = file;
    err_t err = remote_check(remote);
    return remote_error(err ? err : fs_truncate(remote->fs, remote->number, (uint64_t)bytes));
}

static err_t remote_status(void *file, struct stat *status)
{
    struct remote *remote = file;
    struct fs_attributes attributes;
    err_t err = remote_check(remote);
    if (!err) err = fs_status(remote->fs, remote->number, &attributes);
    if (!err) status_fill(&attributes, status);
    return remote_error(err);
}

static err_t remote_list(void *file, const char *after, void *entries, size_t room, size_t *bytes)
{
    struct remote *remote = file;
    err_t err = remote_check(remote);
    return remote_error(err ? err : fs_list(remote->fs, remote->number, after, entries, room, bytes));
}

static err_t remote_share(void *file, cptr_t *endpoint)
{
    struct remote *remote = file;
    err_t err = remote_check(remote);
    return remote_error(err ? err : fs_share(remote->fs, remote->number, endpoint));
}

static void remote_close(void *file)
{
    struct remote *remote = file;
    if (remote->slot) {
        fs_client_close(&remote->own);
        cap_delete(remote->slot);
    } else if (!remote_check(remote)) {
        fs_close(remote->fs, remote->number);
    }
    if (!is_standard(remote)) free(remote);
}

const struct file_ops remote_ops = {
    .read = remote_read,
    .write = remote_write,
    .ready = remote_ready,
    .seek = remote_seek,
    .truncate = remote_truncate,
    .status = remote_status,
    .list = remote_list,
    .share = remote_share,
    .close = remote_close,
};

void status_fill(const struct fs_attributes *attributes, struct stat *status)
{
    struct timespec modified = {attributes->modified / 1000000, attributes->modified % 1000000 * 1000};
    memset(status, 0, sizeof *status);
    status->st_ino = (ino_t)attributes->node;
    status->st_mode = (mode_t)attributes->mode;
    status->st_nlink = (nlink_t)attributes->links;
    status->st_size = (off_t)attributes->bytes;
    status->st_blksize = PAGE_SIZE;
    status->st_blocks = (blkcnt_t)attributes->blocks;
    status->st_atim = status->st_mtim = status->st_ctim = modified;
}
