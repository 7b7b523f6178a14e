/* SPDX-License-Identifier: BSD-2-Clause */
/* A store for tests on the host: what is not there cannot be touched. */
#ifndef FS_FILES_HOST_H
#define FS_FILES_HOST_H

#include "files.h"

/* The same each time, with what is in it. */
const struct store *files_host_store(void);
extern unsigned files_host_chunks, files_host_most; /* beside chunk 0: that are there, and that may be */
/* What chunks are there: to be put aside with the store, and back. */
#define HOST_CHUNKS 512
extern bool files_host_there[HOST_CHUNKS];
extern bool files_host_refuses; /* no predecessor's chunk can be had */
#define HOST_RAMDISK (4 * FILE_BLOCK)
extern uint8_t files_host_ramdisk[HOST_RAMDISK];
/* Called wherever a kill may come. */
extern void (*files_host_step)(void);

#endif
