/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the server share, above files.h: clients with their sessions and buffers, and those who wait at pipes.
 * Floors: chunk, buffer, waits, loans, load; main.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include "files.h"
#include <idl/fs.h>
#include <messaging/server.h>

#define HOLDER_WAITS 32
#define HOLDER_LOANS 16

/* A call that waits at a pipe. */
struct wait {
    struct wait *next;
    struct reply *reply;
    struct holder *holder;
    struct open_file *file;
    uint32_t what;
    uint32_t bytes;
    bool read;
};

/* A client. */
struct holder {
    struct session session;
    uint32_t loans;   /* of its files, that nobody has taken yet */
    bool has_read;    /* from a pipe, since it last wrote to one: it talks with somebody */
    uint32_t waits;   /* of its calls; */
    struct wait wait; /* the first one's, which needs no memory */
    cptr_t frame;     /* of its buffer; 0: none */
    vaddr_t buffer;
    uint64_t buffer_bytes;
};

/* chunk.c: RAM for files. The store, behind the ramdisk; *inherited: a predecessor was here. ERR_NOT_FOUND: init keeps nothing for fs. */
err_t store_open(cptr_t ramdisk, uint64_t bytes, struct store *store, bool *inherited);
const void *store_ramdisk(void);
/* May files take `bytes` more, and enough be left to everybody else? */
bool memory_allows(uint64_t bytes);

/* buffer.c */
err_t buffer_set(struct holder *holder, cptr_t frame);
void buffer_drop(struct holder *holder);
err_t buffer_find(const struct holder *holder, uint32_t at, uint32_t bytes, void **memory);

/* waits.c: calls that are answered when a pipe lets them. `read`: a read of at most `bytes`, else an await of
 * `what` and `bytes`. */
err_t wait_add(struct call *call, struct open_file *file, uint32_t what, bool read, uint32_t bytes);
/* Bytes that are written to an empty pipe go straight to who has waited there longest, if he reads at least as many; false: not so. The call
 * may have been answered then. */
bool wait_hand_over(struct call *call, const struct pipe *pipe, const void *data, size_t bytes);
/* Something has become of the pipe (NULL: nothing): answer who can go on. */
void waits_run(struct pipe *pipe);
/* The caller of this reply waits no longer. */
void wait_cancel(struct reply *reply);
/* Nor does anybody whose client is gone. */
void waits_forget(struct holder *holder);

/* loans.c: `pid` may take the lender's file over. It is checked when that happens. ERR_TOO_MANY, ERR_NO_MEMORY. */
err_t loan_add(struct holder *lender, uint32_t file, uint64_t pid, uint64_t key, uint32_t as);
err_t loan_take(struct holder *borrower, uint64_t pid, uint64_t key, uint32_t as, uint32_t *number);
void loans_forget(const struct holder *lender);

/*
 * load.c: the tree is a predecessor's; else it begins as the ramdisk, and a folder for what is passing. If there is no sense in what a predecessor
 * left, it is given up and ERR_INVALID: the next one begins anew.
 */
err_t load_files(cptr_t ramdisk, uint64_t ramdisk_bytes);
/* A line in the log. */
void fs_say(const char *what, err_t err);

#endif
