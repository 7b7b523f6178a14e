/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files: what several holders share, of one process or of several. The last holder's going closes it; a file that has lost its
 * name goes with that, a pipe's end tells the other end.
 */
#include "files.h"
#include <stdlib.h>

static struct open_file *open_new(uint32_t flags)
{
    struct open_file *file = calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->refs = 1;
    file->flags = flags & (OPEN_READ | OPEN_WRITE | OPEN_EXECUTE | OPEN_APPEND);
    files_memory.open_files++;
    return file;
}

err_t open_path(const char *path, uint32_t flags, uint32_t mode, struct open_file **file)
{
    struct open_file *made = open_new(flags);
    if (made == NULL) return ERR_NO_MEMORY;
    err_t err = path_open(path, flags, mode, &made->node);
    if (err != ERR_OK) {
        files_memory.open_files--;
        free(made);
        return err;
    }
    node_open(made->node);
    *file = made;
    return ERR_OK;
}

err_t open_pipe(struct open_file **read, struct open_file **write)
{
    struct pipe *pipe = pipe_new();
    if (pipe == NULL) return ERR_NO_SPACE;
    *read = open_new(OPEN_READ);
    *write = *read != NULL ? open_new(OPEN_WRITE) : NULL;
    if (*write == NULL) {
        files_memory.open_files -= *read != NULL;
        free(*read);
        pipe_free(pipe);
        return ERR_NO_MEMORY;
    }
    (*read)->pipe = (*write)->pipe = pipe;
    return ERR_OK;
}

void open_get(struct open_file *file)
{
    file->refs++;
}

struct pipe *open_put(struct open_file *file)
{
    if (--file->refs > 0) return NULL;
    struct pipe *pipe = file->pipe;
    if (file->node != NULL) node_close(file->node);
    if (pipe != NULL) {
        pipe->readers -= (file->flags & OPEN_READ) != 0;
        pipe->writers -= (file->flags & OPEN_WRITE) != 0;
        if (pipe->readers == 0 && pipe->writers == 0) {
            pipe_free(pipe);
            pipe = NULL;
        }
    }
    files_memory.open_files--;
    free(file);
    return pipe;
}

err_t open_read(struct open_file *file, void *to, size_t most, files_copy copy, size_t *count)
{
    *count = 0;
    if (!(file->flags & OPEN_READ)) return ERR_NOT_OPEN;
    if (file->pipe != NULL) return pipe_read(file->pipe, to, most, copy, count);
    if (node_is_directory(file->node)) return ERR_IS_DIRECTORY;
    err_t err = content_read(&file->node->content, file->offset, to, most, copy, count);
    if (err == ERR_OK) file->offset += *count;
    return err;
}

err_t open_write(struct open_file *file, const void *from, size_t bytes, files_copy copy, size_t *count)
{
    *count = 0;
    if (!(file->flags & OPEN_WRITE)) return ERR_NOT_OPEN;
    if (file->pipe != NULL) return pipe_write(file->pipe, from, bytes, copy, count);
    struct node *node = file->node;
    if (!node_is_file(node)) { /* the device that takes everything */
        *count = bytes;
        return ERR_OK;
    }
    uint64_t at = file->flags & OPEN_APPEND ? node->content.bytes : file->offset;
    if (bytes > 0) node_touch(node);
    err_t err = content_write(&node->content, at, from, bytes, copy, count);
    if (err == ERR_NO_SPACE) journal_undo(); /* nothing was written */
    content_commit();
    if (err == ERR_OK) file->offset = at + *count;
    return err;
}

err_t open_seek(struct open_file *file, int64_t offset, unsigned whence, uint64_t *now)
{
    if (file->pipe != NULL) return ERR_UNSUPPORTED;
    uint64_t from = whence == 0 ? 0 : whence == 1 ? file->offset : file->node->content.bytes;
    int64_t to;
    if (whence > 2 || __builtin_add_overflow((int64_t)from, offset, &to) || to < 0) return ERR_INVALID;
    *now = file->offset = (uint64_t)to;
    return ERR_OK;
}

err_t open_truncate(struct open_file *file, uint64_t bytes)
{
    if (!(file->flags & OPEN_WRITE)) return ERR_NOT_OPEN;
    if (file->pipe != NULL || !node_is_file(file->node)) return ERR_INVALID;
    if (bytes > FILE_BYTES_MAX) return ERR_NO_SPACE;
    node_touch(file->node);
    if (bytes > 0) return content_truncate(&file->node->content, bytes);
    node_empty(file->node);
    return ERR_OK;
}
