/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's end of the console: raw input for the line editor, the foreground for programs, Ctrl-C. If term dies and comes
 * back the shell takes control of the console again.
 */
#ifndef SHELL_TERMINAL_H
#define SHELL_TERMINAL_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Become the console's controller; waits for term. `interrupted` is called by a thread of its own for every Ctrl-C. */
err_t terminal_open(void (*interrupted)(void));

/* At least one byte that was typed. ERR_INTERRUPTED; other errors have been tried to mend: call again. */
err_t terminal_read(char *bytes, size_t most, size_t *count);

/* Show bytes as they are. */
void terminal_show(const char *bytes, size_t count);

/* A console for a child: `endpoint` is to be passed to it and then deleted; 0: this shell has none to give (shell -c). */
err_t terminal_child(uint32_t *number, cptr_t *endpoint);

/* Who may read: the child of this number, 0: the shell. */
void terminal_foreground(uint32_t number);

/* While the shell waits without reading, Ctrl-C is to interrupt (true); while it reads, it is a key (false). */
void terminal_interruptible(bool yes);

/* Was this shell started by another one, which has given it a console? */
bool terminal_was_passed(void);

/* Wait until everything shown has left the machine. */
void terminal_drain(void);

#endif
