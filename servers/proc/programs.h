/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of the ramdisk that can be run: an index by path, made once, with the ELF headers read at first use. The
 * ramdisk never changes, so neither does what was read of it.
 */
#ifndef PROC_PROGRAMS_H
#define PROC_PROGRAMS_H

#include <elf/elf.h>
#include <stdbool.h>

#define PROGRAMS_MAX 256

struct program {
    const char *path; /* in the ramdisk, terminated */
    const void *file;
    uint64_t offset; /* of the file in the ramdisk */
    uint64_t bytes;
    bool read; /* image or error is valid */
    err_t error;
    struct elf_image image;
};

/* Index an archive that stays where it is. ERR_CPIO; ERR_TOO_MANY. */
err_t programs_index(const void *archive, uint64_t bytes);

/*
 * The program of this path; a name without a slash is looked for in bin, sbin and test. ERR_NOT_FOUND; ERR_INVALID: "." or ".."
 * in it, or a leading slash; ERR_ELF_*: no program.
 */
err_t program_find(const char *path, struct program **program);

/* Its number in alphabetical order, and back. */
uint32_t program_number(const struct program *program);
const struct program *program_of_number(uint32_t number); /* NULL: there are not so many */

/* The number-th path in alphabetical order; NULL: there are not so many. */
const char *program_path(uint32_t number);

#endif
