/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and dumps of the other cores, in the log of core 0. */
#ifndef MONITOR_REMOTE_LOG_H
#define MONITOR_REMOTE_LOG_H

/* In link's thread, once the channel to core 0 is open (on core 0: as soon as there is link's thread). */
void remote_log_start(void);
/* All other cores dump what they run. */
void remote_log_dump(void);

#endif
