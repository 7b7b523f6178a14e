/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the kernel print every dispatcher's state, to console and log. */
#include <caps/caps.h>
#include <idl/monitor.h>
#include <stdio.h>

int main(void)
{
    err_t err = monitor_dump(monitor_default());

    if (err) {
        fprintf(stderr, "dump: %s\n", err_text(err));
    }
    return err != ERR_OK;
}
