/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the capabilities of a range of memory are, and the end of all of them: what the monitor needs to find and free blocks
 * that only name each other (servers/monitor/orphans.h). The range is one of mem's: no block is partly in it.
 */
#ifndef KERNEL_HOLDERS_H
#define KERNEL_HOLDERS_H

#include <kernel/cap.h>

#define HOLDERS_EACH 5

/*
 * KERNEL_HOLDERS: the physical addresses of the slots, HOLDERS_EACH a call, in the order of the MDB and each ring's; zeros after the last one.
 * `after`: the last address of the call before, 0: from the beginning. What is made of a capability stands behind it in this order, so that
 * nothing that lives on escapes whoever goes through, in however many calls. ERR_AGAIN: that slot holds nothing of the range any more, or
 * some of it is free and waits to be drained: begin again; ERR_RETRY_THROUGH_MONITOR: other cores hold some of it, too.
 */
err_t holders_list(paddr_t base, paddr_t end, paddr_t after, uint64_t found[HOLDERS_EACH]);

/*
 * KERNEL_END: delete every capability of the range, in steps: ERR_AGAIN until it is done. *rest: below it there are none left,
 * only freed blocks: where to go on.
 */
err_t holders_end(paddr_t base, paddr_t end, uint64_t *rest);

#endif
