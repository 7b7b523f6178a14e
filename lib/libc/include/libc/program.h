/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting programs from files: what a shell needs beside POSIX. Any file that may be executed can be run, from the
 * ramdisk as from any directory that can be written to.
 *
 * Files. A descriptor of the child is an open file of its parent: it shares the offset with it, and lives on when the parent
 * has closed its own (a pipe's reader sees its end when the last writer has closed or ended, whoever that is). What a child is
 * given are capabilities, one for each file, called "fd0", "fd1", ...: whoever holds one holds the open file. Nothing else is
 * inherited: what is not listed in `fds` is not open in the child. 0, 1 and 2 are the console in a child that gets no file for them.
 * A connection of TCP is passed in the same way, and is a file there; other sockets cannot be.
 *
 *     int pipe_ends[2];
 *     pipe(pipe_ends);
 *     int first[] = {0, pipe_ends[1], 2}, second[] = {pipe_ends[0], 1, 2};
 *     program_spawn("/bin/ls", &(struct program_options){.argv = ls, .fds = first, .fd_count = 3}, &a);
 *     program_spawn("/bin/wc", &(struct program_options){.argv = wc, .fds = second, .fd_count = 3}, &b);
 *     close(pipe_ends[0]);
 *     close(pipe_ends[1]);
 *
 * The working directory is inherited as a path, by the environment's PWD, which the library keeps true.
 */
#ifndef LIBC_PROGRAM_H
#define LIBC_PROGRAM_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_FDS_MAX 12
#define PROGRAM_PRIORITY_SAME 8
#define PROGRAM_PATH_DEFAULT "/bin:/sbin:/test" /* where there is no PATH */

struct program_options {
    char *const *argv; /* ended by NULL, argv[0] first; NULL: just the path */
    char *const *envp; /* the same, "NAME=value"; NULL: the caller's environ */
    const char *cwd;   /* absolute, or relative to the caller's; NULL: the caller's */
    /*
     * The child's descriptor i is the caller's fds[i]. -1: the child's reads nothing and writes to nowhere (/dev/null). One that is
     * the caller's console is the child's console (only for 0, 1 and 2). NULL: 0, 1 and 2 as the caller's.
     */
    const int *fds;
    unsigned fd_count; /* at most PROGRAM_FDS_MAX */
    cptr_t console; /* what term's open() gave for the child, which stays the caller's; 0: the caller's own if it was given one (it does not
                          control the console), else one without input */
    uint32_t flags;    /* PROC_SPAWN_PAUSED, PROC_SPAWN_DETACHED (idl/proc.h) */
    uint32_t priority; /* 0-7, not above the caller's; use PROGRAM_PRIORITY_SAME */
};

/*
 * Start the program in file `path` (absolute or relative to the working directory; never searched for). The child is the
 * caller's: proc_wait(), proc_kill() by its pid. Nothing is left if it fails.
 * ERR_NOT_FOUND; ERR_ACCESS: the file's x bit is not set; ERR_IS_DIRECTORY; ERR_ELF_*: no program (a script, perhaps); ERR_INVALID:
 * one of `fds` is not open, or cannot be inherited; what proc and fs answer else.
 */
err_t program_spawn(const char *path, const struct program_options *options, uint64_t *pid);

/*
 * For a program on another core, where no endpoint goes: its descriptor `as` (0-9) becomes the caller's fd, if it is started with
 * FILES_LENT=KEY:ASAS... in its environment (hexadecimal; a digit for each; `c`: the console, too, by console_lend()). Between its start, paused, and its first step; the caller
 * stays until it ends. `key`: any number that nobody guesses, as from program_lend_key(). ERR_INVALID: no file of fs.
 */
#define FILES_LENT "FILES_LENT"
uint64_t program_lend_key(void);
err_t program_lend(int fd, uint64_t pid, uint64_t key, unsigned as);

/*
 * Where a command is: `name` itself if there is a slash in it, else the first of $PATH's directories that has an executable
 * file of this name. `path` has room for `bytes`. ERR_NOT_FOUND; ERR_ACCESS: there is one, without its x bit; ERR_TOO_LONG.
 */
err_t program_search(const char *name, char *path, size_t bytes);

#endif
