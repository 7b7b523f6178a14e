/* SPDX-License-Identifier: BSD-2-Clause */
/* What this build was configured with, for the banner: the choices that change how the system behaves. */
#include <kernel/choices.h>

const char *choices_text(void)
{
    return "RAM " CONFIG_REGIONS_PHYSICAL ", addresses " CONFIG_REGIONS_VIRTUAL ", tables " CONFIG_PAGING_INDEX_NAME;
}
