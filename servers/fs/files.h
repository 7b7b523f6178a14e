/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What files are made of: memory that is counted, nodes in a tree, contents, pipes, and open files. Pure: no system call, no
 * message, so that all of it is tested on the host. Floors, from below: memory, journal, blocks, records, content, node (tree.c), recover,
 * path, pipe, open, session.
 *
 * One thread uses all of it. Everything that can fail for want of memory says so and has changed nothing.
 *
 * What a successor needs lies in the store, at the same addresses in every fs: nodes, names, and blocks of contents, each with a word that says
 * whose it is. All else (sorted entries, tables of blocks, free lists, open files, pipes) is on the heap and made again (recover.c). What is
 * marked "kept" is changed with journal_set() alone, and an operation is done when journal_commit() returns.
 */
#ifndef FS_FILES_H
#define FS_FILES_H

#include <abi/errors.h>
#include <abi/types.h>
#include <kept/kept.h>
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
/* An array of `*room` elements becomes one of at least `least`. false: no space, nothing has changed. */
bool files_grow(void **array, uint32_t *room, uint32_t least, size_t element);

/*
 * journal.c: what was there before the operation that goes on, to be put back if it is not finished. In the state, so a successor finds it.
 */
#define JOURNAL_WORDS 64
#define JOURNAL_PIECES 4
#define JOURNAL_BYTES (2 * FILE_BLOCK) /* both ends of a write */
struct journal {
    union {
        struct {
            uint32_t words, pieces;
        };
        uint64_t all; /* 0: nothing goes on */
    };
    uint64_t bytes; /* of `old` */
    struct {
        uint64_t *at;
        uint64_t old;
    } word[JOURNAL_WORDS];
    struct {
        uint8_t *at;
        uint32_t bytes, where; /* in `old` */
    } piece[JOURNAL_PIECES];
    uint8_t old[JOURNAL_BYTES];
};
extern struct journal *journal;

/* What has been written before is before what comes: for whoever looks after a kill. */
static inline void journal_order(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    KEPT_STEP();
}

/* This word is about to change. There is room: no operation changes as many. */
static inline void journal_word(void *at)
{
    uint32_t n = journal->words;
    journal->word[n].at = at;
    journal->word[n].old = *(const uint64_t *)at;
    journal_order();
    journal->words = n + 1;
    journal_order();
}
#define journal_set(field, value)                                                                                      \
    do {                                                                                                               \
        _Static_assert(sizeof(field) == sizeof(uint64_t), "a word");                                                   \
        journal_word(&(field));                                                                                        \
        (field) = (value);                                                                                             \
        KEPT_STEP();                                                                                                   \
    } while (0)
/* So are these bytes. false: there is no room. */
bool journal_piece(void *at, size_t bytes);
void journal_commit(void);
void journal_undo(void);
/* Is there sense in it, and is what it speaks of there? */
bool journal_is_sound(bool (*is_there)(const void *at, size_t bytes));

/*
 * blocks.c: the store, in chunks; each begins with a header. Chunk 0 is the state that init keeps, smaller than others; all else is
 * memory that is taken when it is needed and goes back as soon as nothing is in it.
 */
#define FILE_CHUNK (256 * 1024u)
#define STORE_CHUNKS_MOST 4096
#define STORE_BYTES_LEAST (32 * 1024u) /* of chunk 0 */
struct store {
    uint8_t *base;   /* chunk n is at base + n * FILE_CHUNK */
    uint64_t bytes;  /* of chunk 0 */
    uint32_t chunks; /* at most so many */
    const uint8_t *ramdisk;
    uint64_t ramdisk_bytes;
};
#define CHUNK_HEADER KEPT_HEADER_BYTES /* where the header is: what is before that in chunk 0 is not ours */
/* What the word of a block says; else the owner of contents: node | generation | index. */
#define BLOCK_FREE 0
#define BLOCK_LOOSE 1 /* of a pipe, or on its way to a file or from one: a successor frees it */
#define BLOCK_NODES 2
#define BLOCK_NAMES 3 /* and the next ones: by length */
#define BLOCK_KINDS 6
/* A block that counts, not zeroed; NULL: no space. It is loose. */
void *files_block_alloc(void);
void files_block_free(void *block);
static inline uint64_t *files_block_word(const void *block)
{
    uintptr_t at = (uintptr_t)block, chunk = at & ~(uintptr_t)(FILE_CHUNK - 1);
    return (uint64_t *)(chunk + CHUNK_HEADER) + at % FILE_CHUNK / FILE_BLOCK;
}
/* The same, uncounted: a block for records. */
void *blocks_take(void); /* loose, too */
void blocks_give(void *block);
/* Records of a block, as records.c knows them. */
struct record_block {
    uint64_t free[2];
    struct record_block *next, *previous; /* of those of one kind with free ones */
};
struct record_block *blocks_records(const void *block);
void *blocks_of_records(const struct record_block *records);
/*
 * A store, empty or with all chunks of a predecessor's that are there: what is in them is free until it is kept. All of that ends again.
 * ERR_NO_MEMORY: a chunk is there, but we cannot have it now.
 */
err_t blocks_begin(const struct store *store, bool inherited);
void blocks_each(void (*visit)(void *block, uint64_t word));
void blocks_keep(void *block);
void blocks_finish(void);
void blocks_end(void);
/* Is it memory of a block? May an operation have changed all of it: is it in one block, or words of blocks? Is it in the ramdisk? */
bool blocks_is_block(const void *at);
bool blocks_may_change(const void *at, size_t bytes);
bool blocks_ramdisk_has(const void *at, uint64_t bytes);
bool blocks_ramdisk_has_string(const char *at, size_t most);
/* Below (chunk.c, or a test): chunk n, zeroed, at its place. false: no space. */
bool files_chunk_map(uint32_t n);
void files_chunk_unmap(uint32_t n);
/* A predecessor's. ERR_NOT_FOUND: it is not there; else there is no memory to map it, or no slot. */
err_t files_chunk_inherit(uint32_t n);

/* records.c: nodes and names, many to a block. NULL: no space. Not zeroed; a node has no name. */
void *record_alloc(uint32_t kind);
void record_free(void *record);
uint32_t record_kind_of_name(size_t length);
/* For recover.c: all records of a block are free until they are kept; is it one? The n-th of a block; NULL: there are no more. */
void records_begin(void);
void records_look(void *block);
void records_keep(void *record);
/* Not kept yet, but spoken for; false: it is already. And not any more. */
bool record_claim(void *record);
void record_release(void *record);
void records_finish(void *block);
bool record_is(const void *record, uint32_t least_kind, uint32_t most_kind);
void *record_at(void *block, uint32_t n);
size_t record_bytes(const void *record);

/* How bytes get to a reader or from a writer: false if its memory is gone. */
typedef bool (*files_copy)(void *to, const void *from, size_t bytes);
bool files_copy_plainly(void *to, const void *from, size_t bytes);

/* content.c: a file's bytes, in blocks; blocks that were never written are those of `base`, or 0. */
struct content {
    uint64_t bytes;      /* kept */
    const uint8_t *base; /* kept */
    uint64_t base_bytes; /* kept */
    uint64_t owner;      /* kept: the word of its block 0 */
    uint8_t **block;     /* NULL: not written */
    uint32_t room;       /* of `block` */
    uint32_t held;       /* blocks that are there */
};
#define CONTENT_INDEX_BITS 18
#define CONTENT_GENERATION_BITS 14
_Static_assert(FILE_BYTES_MAX / FILE_BLOCK == 1u << CONTENT_INDEX_BITS, "a word has room for the index of a block");
err_t content_read(const struct content *content, uint64_t at, void *to, size_t most, files_copy copy, size_t *count);
/* As much as there is space for; ERR_NO_SPACE: nothing. content_commit() is to follow, as it is a content_truncate(). */
err_t content_write(struct content *content, uint64_t at, const void *from, size_t bytes, files_copy copy, size_t *count);
err_t content_truncate(struct content *content, uint64_t bytes);
void content_commit(void);
void content_begin(void);
/* What a predecessor left: the block of this index is its own; then, nothing is beyond the end. ERR_NO_SPACE. */
err_t content_attach(struct content *content, uint32_t index, uint8_t *block);
void content_clear_beyond(const struct content *content);
/* Free up to `most` blocks, from the last; true: nothing is left. */
bool content_free(struct content *content, uint32_t most);

/* tree.c: files and directories. A node lives until it has neither a name nor is open. */
struct node {
    char *name;          /* kept, as all up to `origin`; NULL: it has none (the root), or none any more */
    struct node *parent; /* NULL: the root, or it has no name any more */
    uint64_t number;
    uint64_t modified;
    uint32_t mode;
    uint32_t opens;
    const char *origin;  /* name in the ramdisk, as long as the contents are those */
    struct node **entry; /* of a directory, by name */
    uint32_t count, room;
    struct content content;
};
/* In chunk 0, behind its header. */
struct files_state {
    uint32_t ready; /* the tree is whole */
    uint64_t last_number;
    struct node *root;
    uint64_t chunk[STORE_CHUNKS_MOST / 64]; /* bit n: chunk n may be there */
    struct journal journal;
};
extern struct files_state *files_state;
extern struct node *files_root;
/* The root alone, whatever is in the store. */
err_t files_init(const struct store *store, uint64_t most, bool (*more)(uint64_t bytes));
/* From now on a successor takes this tree. */
void files_ready(void);
/* It does not, and all memory of the store but the state goes back: after files_recover() has failed. */
void files_give_up(void);
/* Free everything: for tests. */
void files_end(void);

/*
 * recover.c: the tree that a predecessor left in the store. ERR_NOT_FOUND: it left none; ERR_INVALID: there is not even a root; ERR_NO_MEMORY. `dropped`:
 * so many files, directories, blocks and operations made no sense and are gone.
 */
err_t files_recover(const struct store *store, uint64_t most, bool (*more)(uint64_t bytes), uint32_t *dropped);
/* What it takes of tree.c. */
void tree_begin(struct node *root, uint64_t most, bool (*more)(uint64_t bytes));
/* ERR_EXISTS: there is one of its name; ERR_TOO_MANY; ERR_NO_MEMORY. */
err_t tree_attach(struct node *node);
struct node *node_of_owner(uint64_t owner);
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
/* Its contents are about to change: not those of the ramdisk any more, and new. For who commits. */
void node_touch(struct node *node);
/* Empty a file, and commit. */
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
    uint32_t held;               /* blocks that are there: at least that of `first` */
    bool until_empty;            /* there was no space for more: nobody writes until all is read */
    uint8_t *block[PIPE_BLOCKS]; /* a ring; NULL: nothing is in it */
};
/* From now on some space is kept aside for pipes; and not any more. */
void pipes_begin(void);
void pipes_end(void);
/* With a reader and a writer; NULL: no space. */
struct pipe *pipe_new(void);
void pipe_free(struct pipe *pipe);
/* Of the bytes that are there; ERR_AGAIN: none, and there are writers. */
err_t pipe_read(struct pipe *pipe, void *to, size_t most, files_copy copy, size_t *count);
/* ERR_AGAIN: no room, or no space for more than is in it; ERR_NO_READER. */
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
