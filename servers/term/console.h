/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: clients, who of them is in the foreground, what waits for input or for room. Joins the line discipline
 * and the output, both pure, with deferred replies.
 *
 * Three threads meet here: the server's (handlers), and the two of uart_link.c, which bring what is typed and take away what is to
 * be shown. One lock guards everything; nobody holds it while it waits for another process.
 */
#ifndef TERM_CONSOLE_H
#define TERM_CONSOLE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <messaging/server.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "discipline.h"
#include "output.h"

struct console_client; /* client->user of every client; made when it first needs one */

void console_init(void);
/* Go on with what was typed before; `typed` is kept memory. */
struct typed;
void console_keep(struct typed *typed);

/* For the handlers of term.idl, with the same names and errors. */
err_t console_control(struct client *client);
err_t console_open(struct client *by, uint32_t *number, cptr_t *endpoint);
err_t console_share(struct client *by, cptr_t *endpoint);
err_t console_lend(struct client *by, uint64_t pid, uint64_t key);
err_t console_borrow(struct client *by, uint64_t key);
err_t console_foreground(struct client *by, uint32_t number);
err_t console_await_interrupt(struct call *call);
err_t console_set_mode(struct client *client, enum discipline_mode mode);
err_t console_write(struct call *call, const char *data, size_t count);
err_t console_read(struct call *call, size_t most, char *data, size_t *count);
err_t console_notice(const char *line, size_t count);
err_t console_readable(struct call *call, bool *readable);
err_t console_drain(struct call *call);
void console_client_gone(struct client *client);

/* For uart_link.c. */

/* `count` bytes were typed. */
void console_typed(const uint8_t *bytes, size_t count);
/*
 * Until as much can be typed: a reader that is only slow loses nothing. Not for ever: with a reader that never reads, what is
 * typed is refused with a bell, so that Ctrl-C gets through.
 */
void console_wait_for_room(size_t bytes);

/*
 * Wait for output and copy at most `most` bytes of it; it stays until console_sent(). 0: there is none, but somebody waits for
 * all of it to leave the device: then console_drained() is to be called.
 */
size_t console_output(uint8_t *to, size_t most);
void console_sent(size_t count);
void console_drained(void);

/* The device was lost and is there again: show the row that the cursor is in once more. */
void console_repaint(void);

#endif
