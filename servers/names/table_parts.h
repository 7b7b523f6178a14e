/* SPDX-License-Identifier: BSD-2-Clause */
/* What a table of names is made of besides its records: for names_table.c and table_recover.c. */
#ifndef NAMES_TABLE_PARTS_H
#define NAMES_TABLE_PARTS_H

#include "names_table.h"

void table_index_add(struct name_table *table, uint32_t index);
void table_owner_add(struct name_table *table, struct name_owner *owner, uint32_t index);
void table_pending_add(struct name_table *table, uint32_t index);

#endif
