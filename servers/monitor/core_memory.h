/* SPDX-License-Identifier: BSD-2-Clause */
/* What core 0 gives to a core that it boots: RAM for all that runs there, and a KCB for its kernel. Private to cores.c. */
#ifndef MONITOR_CORE_MEMORY_H
#define MONITOR_CORE_MEMORY_H

#include "cores.h"

/* Its RAM, `bytes` in whole pieces. ERR_NO_MEMORY: core 0 would have too little left. */
err_t core_memory_alloc(struct cores_shared *shared, cptr_t *ram, uint64_t *bytes);
/* Its KCB, with the kernel's image in it. */
err_t core_memory_kcb(cptr_t *kcb);
/* Where both are. */
err_t core_memory_record(struct core_record *record, cptr_t kcb, cptr_t ram);
/* It has its RAM, and mem knows; it will not come, and its RAM is core 0's again; it runs, and its KCB is its own. */
void core_memory_deal(struct cores_shared *shared, coreid_t core);
void core_memory_undeal(struct cores_shared *shared, coreid_t core);
void core_memory_runs(const struct core_record *record);

#endif
