/* SPDX-License-Identifier: BSD-2-Clause */
/* First fit on the tree. */
#include "internal.h"

const struct region_index region_index_tree_first = TREE_INDEX("first fit", tree_first);
