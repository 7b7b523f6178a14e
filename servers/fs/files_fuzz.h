/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of the fuzzer share: files_fuzz.c has paths, space and main(), files_fuzz_open.c clients and their open files. */
#ifndef FS_FILES_FUZZ_H
#define FS_FILES_FUZZ_H

#include "files_model.h"

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) fuzz_fail(#condition, __LINE__);                                                             \
    } while (0)

_Noreturn void fuzz_fail(const char *what, int line);
uint64_t random_below(uint64_t n);
void random_path(char *path);
/* May space have been short? */
bool was_short(void);
extern uint64_t operation;
extern uint8_t scratch[MODEL_BYTES];

void do_open(void);
void do_read(void);
void do_write(void);
void do_seek(void);
void do_truncate(void);
void do_close(void);
void do_pipe(void);
void do_share(void);
void do_end(void);

#endif
