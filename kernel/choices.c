/* SPDX-License-Identifier: BSD-2-Clause */
/* What this build was configured with, for the banner: the choices that change how the system behaves. */
#include <kernel/choices.h>
#include <kernel/config.h>

const char *choices_text(void)
{
    return ENABLED(CONFIG_PAGING_INDEX_HASH) ? "hash index" : "other index";
}
