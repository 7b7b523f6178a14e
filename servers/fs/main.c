/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fs: serves fs.idl. It is started with the capability "ramdisk" and the argument ramdisk=BYTES, and as a process that never faults, so
 * that want of memory is an error of a call and not its end.
 *
 * It calls mem and names only. A client is a process that found fs by name (names tells its pid) or the holder of an open file (share()).
 */
#include "fs.h"
#include <abi/slots.h>
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/guarded.h>
#include <threads/time.h>

static struct server server;
static struct event reap_event;

static struct holder *holder_of(const struct call *call)
{
    return call->client->user;
}

static err_t file_of(const struct call *call, uint32_t number, struct open_file **file)
{
    *file = session_find(&holder_of(call)->session, number);
    return *file != NULL ? ERR_OK : ERR_NOT_OPEN;
}

static void now_set(void)
{
    files_memory.now = us_from_ticks(clock_ticks());
}

/* What goes to a client's buffer or comes from there, whatever becomes of that meanwhile. */
static bool copy_guarded(void *to, const void *from, size_t bytes)
{
    return guarded_copy(to, from, bytes);
}

/* Files that have lost name and holders are freed in steps, between requests. */
static void reap_run(struct event *event)
{
    if (files_reap()) event_post(&server.waitset, event);
}

static void reap_later(void)
{
    event_post(&server.waitset, &reap_event);
}

static err_t handle_open(struct call *call, const char *path, uint32_t flags, uint32_t mode, uint32_t *number)
{
    struct open_file *file;
    now_set();
    err_t err = open_path(path, flags, mode, &file);
    if (err != ERR_OK) return err;
    if (flags & FS_TRUNCATE) reap_later();
    err = session_add(&holder_of(call)->session, file, number);
    if (err != ERR_OK) open_put(file);
    return err;
}

static err_t handle_close(struct call *call, uint32_t number)
{
    struct pipe *pipe;
    err_t err = session_close(&holder_of(call)->session, number, &pipe);
    waits_run(pipe);
    reap_later();
    return err;
}

static err_t handle_read(struct call *call, uint32_t number, uint32_t most, void *data, size_t *bytes)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (most > FS_INLINE_MAX) most = FS_INLINE_MAX;
    if (file->pipe != NULL) holder_of(call)->has_read = true;
    err = open_read(file, data, most, files_copy_plainly, bytes);
    if (err == ERR_AGAIN) return wait_add(call, file, FS_READ, true, most);
    waits_run(file->pipe);
    return err;
}

static err_t handle_write(struct call *call, uint32_t number, const void *data, size_t bytes, uint32_t *count)
{
    struct open_file *file;
    size_t done = 0;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (file->pipe == NULL) now_set();
    *count = (uint32_t)bytes;
    if (file->pipe != NULL && file->flags & OPEN_WRITE && wait_hand_over(call, file->pipe, data, bytes)) return ERR_OK;
    err = open_write(file, data, bytes, files_copy_plainly, &done);
    *count = (uint32_t)done;
    waits_run(file->pipe);
    return err;
}

static err_t handle_set_buffer(struct call *call, cptr_t frame)
{
    err_t err = buffer_set(holder_of(call), frame);
    if (err == ERR_OK) call_take_cap(call, frame);
    return err;
}

static err_t handle_read_buffer(struct call *call, uint32_t number, uint32_t at, uint32_t most, uint32_t *count)
{
    struct open_file *file;
    void *memory;
    size_t done = 0;
    err_t err = file_of(call, number, &file);
    if (err == ERR_OK) err = buffer_find(holder_of(call), at, most, &memory);
    if (err != ERR_OK) return err;
    err = open_read(file, memory, most, copy_guarded, &done);
    *count = (uint32_t)done;
    waits_run(file->pipe);
    return err;
}

static err_t handle_write_buffer(struct call *call, uint32_t number, uint32_t at, uint32_t bytes, uint32_t *count)
{
    struct open_file *file;
    void *memory;
    size_t done = 0;
    err_t err = file_of(call, number, &file);
    if (err == ERR_OK) err = buffer_find(holder_of(call), at, bytes, &memory);
    if (err != ERR_OK) return err;
    now_set();
    err = open_write(file, memory, bytes, copy_guarded, &done);
    *count = (uint32_t)done;
    waits_run(file->pipe);
    return err;
}

static err_t handle_await(struct call *call, uint32_t number, uint32_t what, uint32_t bytes)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (what == 0 || (what & ~(uint32_t)(FS_READ | FS_WRITE)) != 0) return ERR_INVALID;
    if ((what & file->flags) != what) return ERR_NOT_OPEN;
    if (file->pipe == NULL || pipe_is_ready(file->pipe, what, bytes)) return ERR_OK;
    return wait_add(call, file, what, false, bytes);
}

static err_t handle_ready(struct call *call, uint32_t number, uint32_t *ready)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err == ERR_OK)
        *ready = file->pipe != NULL ? pipe_ready(file->pipe, file->flags) : file->flags & (FS_READ | FS_WRITE);
    return err;
}

static err_t handle_seek(struct call *call, uint32_t number, int64_t offset, enum fs_whence whence, uint64_t *now)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    return err == ERR_OK ? open_seek(file, offset, whence, now) : err;
}

static err_t handle_truncate(struct call *call, uint32_t number, uint64_t bytes)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    now_set();
    reap_later();
    return err == ERR_OK ? open_truncate(file, bytes) : err;
}

static void attributes_fill(const struct node *node, struct fs_attributes *attributes)
{
    *attributes = (struct fs_attributes){
        .node = node->number,
        .bytes = node->content.bytes,
        .blocks = node->content.held * (FILE_BLOCK / 512),
        .modified = node->modified,
        .mode = node->mode,
        .links = node->name != NULL || node == files_root,
    };
}

static err_t handle_status(struct call *call, uint32_t number, struct fs_attributes *attributes)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (file->pipe != NULL) {
        *attributes = (struct fs_attributes){.mode = MODE_PIPE | 0600, .bytes = file->pipe->used, .links = 1};
    } else {
        attributes_fill(file->node, attributes);
    }
    return ERR_OK;
}

static char type_letter(const struct node *node)
{
    return node_is_directory(node) ? 'd' : node_is_file(node) ? '-' : 'c';
}

static err_t handle_list(struct call *call, uint32_t number, const char *after, void *entries, size_t *bytes)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (file->pipe != NULL || !node_is_directory(file->node)) return ERR_NOT_DIRECTORY;
    const struct node *node = node_next(file->node, after);
    while (node != NULL && *bytes + 8 + 1 + strlen(node->name) + 1 <= FS_LIST_MAX) {
        char *to = (char *)entries + *bytes;
        memcpy(to, &node->number, 8);
        to[8] = type_letter(node);
        strcpy(to + 9, node->name);
        *bytes += 9 + strlen(node->name) + 1;
        node = node_next(file->node, node->name);
    }
    return ERR_OK;
}

static err_t handle_share(struct call *call, uint32_t number, cptr_t *endpoint)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    struct holder *made = calloc(1, sizeof *made);
    if (made == NULL) return ERR_NO_MEMORY;
    err = session_share(&made->session, &holder_of(call)->session, file);
    if (err != ERR_OK) {
        free(made);
        return err;
    }
    err = service_introduce(call->service, 0, made, endpoint);
    if (err == ERR_OK) {
        call_give_caps(call);
        return ERR_OK;
    }
    struct pipe *pipe;
    session_end(&made->session, &pipe);
    free(made);
    return err;
}

static err_t handle_lend(struct call *call, uint32_t number, uint64_t pid, uint64_t key, uint32_t as)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    return err == ERR_OK ? loan_add(holder_of(call), number, pid, key, as) : err;
}

static err_t handle_borrow(struct call *call, uint64_t key, uint32_t as, uint32_t *number)
{
    if (call->client->pid == 0) return ERR_NOT_FOUND; /* it only has a file */
    return loan_take(holder_of(call), call->client->pid, key, as, number);
}

static err_t handle_pipe(struct call *call, uint32_t *read, uint32_t *write)
{
    struct open_file *reader, *writer;
    struct pipe *pipe;
    struct session *session = &holder_of(call)->session;
    err_t err = open_pipe(&reader, &writer);
    if (err != ERR_OK) return err;
    err = session_add(session, reader, read);
    if (err != ERR_OK) {
        open_put(reader);
        open_put(writer);
        return err;
    }
    err = session_add(session, writer, write);
    if (err == ERR_OK) return ERR_OK;
    session_close(session, *read, &pipe);
    open_put(writer);
    return err;
}

static err_t handle_origin(struct call *call, uint32_t number, char *name)
{
    struct open_file *file;
    err_t err = file_of(call, number, &file);
    if (err != ERR_OK) return err;
    if (file->pipe != NULL || file->node->origin == NULL) return ERR_NOT_FOUND;
    strcpy(name, file->node->origin);
    return ERR_OK;
}

static err_t handle_stat(struct call *call, const char *path, struct fs_attributes *attributes)
{
    (void)call;
    struct node *node;
    err_t err = path_find(path, &node);
    if (err == ERR_OK) attributes_fill(node, attributes);
    return err;
}

static err_t handle_directory(struct call *call, const char *path, char *absolute)
{
    (void)call;
    struct node *node;
    err_t err = path_find(path, &node);
    if (err != ERR_OK) return err;
    if (!node_is_directory(node)) return ERR_NOT_DIRECTORY;
    return node->mode & MODE_EXECUTE ? path_of(node, absolute) : ERR_ACCESS;
}

static err_t handle_mkdir(struct call *call, const char *path, uint32_t mode)
{
    (void)call;
    now_set();
    return path_mkdir(path, mode);
}

static err_t handle_rmdir(struct call *call, const char *path)
{
    (void)call;
    now_set();
    return path_rmdir(path);
}

static err_t handle_unlink(struct call *call, const char *path)
{
    (void)call;
    now_set();
    reap_later();
    return path_unlink(path);
}

static err_t handle_rename(struct call *call, const char *from, const char *to)
{
    (void)call;
    now_set();
    reap_later();
    return path_rename(from, to);
}

static err_t handle_chmod(struct call *call, const char *path, uint32_t mode)
{
    (void)call;
    struct node *node;
    err_t err = path_find(path, &node);
    if (err == ERR_OK) node->mode = (node->mode & MODE_TYPE) | (mode & MODE_PERMISSIONS);
    return err;
}

static err_t handle_set_modified(struct call *call, const char *path, uint64_t us)
{
    (void)call;
    struct node *node;
    err_t err = path_find(path, &node);
    if (err == ERR_OK) node->modified = us;
    return err;
}

static err_t handle_usage(struct call *call, uint64_t *used, uint64_t *most, uint64_t *nodes, uint64_t *open_files)
{
    (void)call;
    *used = files_memory.used;
    *most = files_memory.most;
    *nodes = files_memory.nodes;
    *open_files = files_memory.open_files;
    return ERR_OK;
}

static err_t client_new(struct client *client)
{
    if (client->user != NULL) return ERR_OK; /* made by share() */
    struct holder *holder = calloc(1, sizeof *holder);
    if (holder == NULL) return ERR_NO_MEMORY;
    err_t err = session_begin(&holder->session, client->pid);
    if (err != ERR_OK) {
        free(holder);
        return err;
    }
    client->user = holder;
    return ERR_OK;
}

static void client_gone(struct client *client)
{
    struct holder *holder = client->user;
    struct pipe *pipe;
    waits_forget(holder);
    loans_forget(holder);
    while (session_end(&holder->session, &pipe)) {
        waits_run(pipe);
    }
    waits_run(pipe);
    buffer_drop(holder);
    free(holder);
    reap_later();
}

static const struct fs_ops ops = {
    .open = handle_open,
    .close = handle_close,
    .read = handle_read,
    .write = handle_write,
    .set_buffer = handle_set_buffer,
    .read_buffer = handle_read_buffer,
    .write_buffer = handle_write_buffer,
    .await = handle_await,
    .ready = handle_ready,
    .seek = handle_seek,
    .truncate = handle_truncate,
    .status = handle_status,
    .list = handle_list,
    .share = handle_share,
    .lend = handle_lend,
    .borrow = handle_borrow,
    .pipe = handle_pipe,
    .origin = handle_origin,
    .stat = handle_stat,
    .directory = handle_directory,
    .mkdir = handle_mkdir,
    .rmdir = handle_rmdir,
    .unlink = handle_unlink,
    .rename = handle_rename,
    .chmod = handle_chmod,
    .set_modified = handle_set_modified,
    .usage = handle_usage,
};

int main(int argc, char **argv)
{
    static struct service service =
        FS_SERVICE(&ops, .client_new = client_new, .client_gone = client_gone, .canceled = wait_cancel);
    reap_event = (struct event){.run = reap_run};
    bool given = argc >= 2 && strncmp(argv[1], "ramdisk=", 8) == 0;
    err_t err = given ? load_files(SLOT_PASSED, strtoull(argv[1] + 8, NULL, 0)) : ERR_ARGUMENT;
    if (err == ERR_OK) pipes_begin();
    if (err == ERR_OK) err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &service);
    if (err == ERR_OK) err = names_register_identified(names_default(), "fs", service.number, SLOT_ENDPOINT);
    if (err == ERR_OK) server_run(&server);
    fs_say("", err);
    return (int)err;
}
