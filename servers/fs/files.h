/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files are made of: memory that is counted, nodes in a tree, contents, pipes, and open files. Pure: no system call, no
 * message, so that all of it is tested on the host. Floors, from below: memory, blocks, content, node (tree.c), path, pipe, open, session.
 *
 * One thread uses all of it. Everything that can fail for want of memory says so and has changed nothing.
 */
#ifndef FS_FILES_H
#define FS_FILES_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stddef.h>

#define FILE_BLOCK 4096
#define FILE_BYTES_MAX (1ull << 30)
#define FILE_NAME_MAX 255
#define FILE_PATH_MAX 1023
#define DIRECTORY_MOST 16384 /* entries: to make room for one among so many is still short */
#define PIPE_BYTES 65536
#define PIPE_HALF (PIPE_BYTES / 2)
#define PIPE_WHOLE 4096 /* a write of at most so many bytes goes in at once or not at all */

#define MODE_TYPE 0170000u
#define MODE_DIRECTORY 0040000u
#define MODE_FILE 0100000u
#define MODE_DEVICE 0020000u
#define MODE_PIPE 0010000u
#define MODE_PERMISSIONS 07777u
#define MODE_READ 0400u
#define MODE_WRITE 0200u
#define MODE_EXECUTE 0100u

/* Flags of an open file; the values of fs.idl. */
#define OPEN_READ 1u
#define OPEN_WRITE 2u
#define OPEN_EXECUTE 4u
#define OPEN_APPEND 8u
#define OPEN_CREATE 16u
#define OPEN_EXCLUSIVE 32u
#define OPEN_TRUNCATE 64u
#define OPEN_DIRECTORY 128u
#define OPEN_ALL 255u
#define OPEN_HANGUP 256u /* only in what pipe_ready() says */

/* memory.c: all memory of files, counted against a limit; blocks.c: that of their contents. */
struct files_memory {
    uint64_t used, most; /* bytes */
    uint64_t granted;    /* of them, bytes that `more` has agreed to */
    /* May memory for `bytes` more be taken now? */
    bool (*more)(uint64_t bytes);
    bool (*reap)(void); /* files_reap(), from below: when space is short, what is due goes at once */
    uint64_t nodes, open_files;
    uint64_t now; /* microseconds: when what happens now happens */
};
extern struct files_memory files_memory;
void *files_alloc(size_t bytes); /* zeroed; NULL: no space */
void files_free(void *memory, size_t bytes);
bool files_reserve(uint64_t bytes); /* only count them; false: no space */
void files_release(uint64_t bytes);
/* FILE_BLOCK bytes of a file, not zeroed; NULL: no space. */
void *files_block_alloc(void);
void files_block_free(void *block);
/* Below (chunk.c, or a test): memory for blocks, FILE_CHUNK bytes at a multiple of that, which go back as soon as nothing is in them. */
#define FILE_CHUNK (256 * 1024u)
void *files_chunk_map(void);
void files_chunk_unmap(void *chunk);
/* An array of `*room` elements becomes one of at least `least`. false: no space, nothing has changed. */
bool files_grow(void **array, uint32_t *room, uint32_t least, size_t element);

/* How bytes get to a reader or from a writer: false if its memory is gone. */
typedef bool (*files_copy)(void *to, const void *from, size_t bytes);
bool files_copy_plainly(void *to, const void *from, size_t bytes);

/* content.c: a file's bytes, in blocks; blocks that were never written are those of `base`, or 0. */
struct content {
    uint64_t bytes;
    uint8_t **block; /* NULL: not written */
    uint32_t room;   /* of `block` */
    uint32_t held;   /* blocks that are there */
    const uint8_t *base;
    uint64_t base_bytes;
};
err_t content_read(const struct content *content, uint64_t at, void *to, size_t most, files_copy copy, size_t *count);
/* As much as there is space for; ERR_NO_SPACE: nothing. */
err_t content_write(struct content *content, uint64_t at, const void *from, size_t bytes, files_copy copy, size_t *count);
err_t content_truncate(struct content *content, uint64_t bytes);
/* Free up to `most` blocks, from the last; true: nothing is left. */
bool content_free(struct content *content, uint32_t most);

/* tree.c: files and directories. A node lives until it has neither a name nor is open. */
struct node {
    uint64_t number;
    uint32_t mode;
    uint32_t opens;
    uint64_t modified;
    struct node *parent; /* NULL: the root, or it has no name any more */
    char *name;
    const char *origin;  /* name in the ramdisk, as long as the contents are those */
    struct node **entry; /* of a directory, by name */
    uint32_t count, room;
    struct content content;
};
extern struct node *files_root;
/* The root alone. */
err_t files_init(uint64_t most, bool (*more)(uint64_t bytes));
/* Free everything: for tests. */
void files_end(void);
static inline bool node_is_directory(const struct node *node)
{
    return (node->mode & MODE_TYPE) == MODE_DIRECTORY;
}
static inline bool node_is_file(const struct node *node)
{
    return (node->mode & MODE_TYPE) == MODE_FILE;
}
struct node *node_find(const struct node *directory, const char *name, size_t length);
err_t node_make(struct node *directory, const char *name, size_t length, uint32_t mode, struct node **node);
void node_unlink(struct node *node);
/* Empty a file. */
void node_empty(struct node *node);
/* Give it this place and name, in place of `replaced` unless NULL, which loses its own. */
err_t node_move(struct node *node, struct node *directory, const char *name, size_t length, struct node *replaced);
void node_open(struct node *node);
void node_close(struct node *node);
/* The first entry whose name is above `after`; NULL: none. */
struct node *node_next(const struct node *directory, const char *after);
/* Contents of files without a name are freed in steps: do one; false: there are none left. */
bool files_reap(void);

/* path.c */
struct place {
    struct node *directory; /* where it is or would be */
    struct node *node;      /* NULL: there is none of this name */
    const char *name;       /* last component, not terminated */
    size_t length;          /* 0: the root; the path ended in `.` or `..`: no name to be made or removed */
    bool slash;             /* a slash follows: it must be a directory */
};
/* ERR_NOT_FOUND, ERR_NOT_DIRECTORY, ERR_ACCESS: on the way; ERR_INVALID: not absolute or not UTF-8; ERR_TOO_LONG. */
err_t path_walk(const char *path, struct place *place);
/* The existing node of a path. */
err_t path_find(const char *path, struct node **node);
/* `text` has room for FILE_PATH_MAX + 1. ERR_TOO_LONG. */
err_t path_of(const struct node *node, char *text);
err_t path_mkdir(const char *path, uint32_t mode);
err_t path_rmdir(const char *path);
err_t path_unlink(const char *path);
err_t path_rename(const char *from, const char *to);
err_t path_open(const char *path, uint32_t flags, uint32_t mode, struct node **node);

/* pipe.c */
#define PIPE_BLOCKS (PIPE_BYTES / FILE_BLOCK)
struct pipe {
    uint32_t readers, writers;
    uint32_t first, used;
    uint32_t held;               /* blocks that are there */
    uint8_t *block[PIPE_BLOCKS]; /* a ring; NULL: nothing is in it */
};
void pipe_free(struct pipe *pipe);
/* Of the bytes that are there; ERR_AGAIN: none, and there are writers. */
err_t pipe_read(struct pipe *pipe, void *to, size_t most, files_copy copy, size_t *count);
/* ERR_AGAIN: no room; ERR_NO_READER; ERR_NO_SPACE. */
err_t pipe_write(struct pipe *pipe, const void *from, size_t bytes, files_copy copy, size_t *count);
/* Would a read (OPEN_READ) or a write of `bytes` (OPEN_WRITE) go on? A large write: as soon as half of the pipe is free. */
bool pipe_is_ready(const struct pipe *pipe, uint32_t what, size_t bytes);
/* What an end with these flags would not wait for: a read (OPEN_READ), a write of PIPE_WHOLE bytes (OPEN_WRITE); OPEN_HANGUP: the other end is gone. */
uint32_t pipe_ready(const struct pipe *pipe, uint32_t flags);

/* open.c: an open file, with the offset that all its holders share. */
struct open_file {
    uint32_t refs;
    uint32_t flags;
    uint64_t offset;
    struct node *node; /* or: */
    struct pipe *pipe;
};
err_t open_path(const char *path, uint32_t flags, uint32_t mode, struct open_file **file);
err_t open_pipe(struct open_file **read, struct open_file **write);
void open_get(struct open_file *file);
/* The last one closes it. If that was an end of a pipe whose other end is still there: the pipe, for who waits at it to look again. */
struct pipe *open_put(struct open_file *file);
err_t open_read(struct open_file *file, void *to, size_t most, files_copy copy, size_t *count);
err_t open_write(struct open_file *file, const void *from, size_t bytes, files_copy copy, size_t *count);
err_t open_seek(struct open_file *file, int64_t offset, unsigned whence, uint64_t *now);
err_t open_truncate(struct open_file *file, uint64_t bytes);

/* session.c: the open files of one client, by number, and how much one process may have, whatever clients it makes itself. */
#define ACCOUNT_CLIENTS 16
#define ACCOUNT_FILES 256
struct account {
    uint64_t pid;
    uint32_t clients;
    uint32_t files; /* open in its clients, and shared by them */
    struct account *next;
};
struct session {
    struct account *account;
    struct open_file *own;   /* file 0; NULL: none */
    struct open_file **file; /* file n is file[n - 1] */
    uint32_t room, count;
};
/* A client of process `pid`. ERR_TOO_MANY; ERR_NO_MEMORY. */
err_t session_begin(struct session *session, uint64_t pid);
/* One that is born with `own`, on the account of `by`. It takes a reference. */
err_t session_share(struct session *session, const struct session *by, struct open_file *own);
/* The pipe to look at again, or NULL, as of open_put(). ERR_NOT_OPEN. */
err_t session_close(struct session *session, uint32_t number, struct pipe **pipe);
/* Close everything: call it until it returns false; *pipe as above each time. */
bool session_end(struct session *session, struct pipe **pipe);
/* Takes over the caller's reference. ERR_TOO_MANY, ERR_NO_MEMORY: not taken. */
err_t session_add(struct session *session, struct open_file *file, uint32_t *number);
struct open_file *session_find(const struct session *session, uint32_t number);

#endif
