/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes and plain properties of a device tree. */
#include "internal.h"
#include <string.h>

err_t dt_open(const void *tree, uint64_t bytes)
{
    dt_index_drop();
    if (bytes < sizeof(struct fdt_header) || fdt_check_full(tree, bytes) != 0) {
        return ERR_FDT;
    }
    dt_index_make(tree);
    return ERR_OK;
}

const fdt32_t *dt_cells(const void *tree, int node, const char *name, unsigned *count)
{
    int bytes = 0;
    const fdt32_t *cells = fdt_getprop(tree, node, name, &bytes);
    if (cells == NULL || bytes % 4 != 0) {
        *count = 0;
        return NULL;
    }
    *count = bytes / 4;
    return cells;
}

uint32_t dt_cell_or(const void *tree, int node, const char *name, uint32_t otherwise)
{
    unsigned count;
    const fdt32_t *cells = dt_cells(tree, node, name, &count);
    return cells != NULL && count == 1 ? fdt32_ld(cells) : otherwise;
}

uint64_t dt_number(const fdt32_t *from, unsigned cells)
{
    uint64_t value = 0;
    for (unsigned n = 0; n < cells; n++) {
        value = value << 32 | fdt32_ld(from + n);
    }
    return value;
}

err_t dt_find_compatible(const void *tree, int after, const char *compatible, int *node)
{
    int found = fdt_node_offset_by_compatible(tree, after, compatible);
    if (found < 0) {
        return ERR_NOT_FOUND;
    }
    *node = found;
    return ERR_OK;
}

bool dt_is_enabled(const void *tree, int node)
{
    const char *status = dt_string(tree, node, "status");
    return status == NULL || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

const char *dt_compatible(const void *tree, int node, unsigned n)
{
    return fdt_stringlist_get(tree, node, "compatible", n, NULL);
}

err_t dt_u32(const void *tree, int node, const char *name, uint32_t *value)
{
    unsigned count;
    const fdt32_t *cells = dt_cells(tree, node, name, &count);
    if (cells == NULL) {
        return fdt_getprop(tree, node, name, NULL) == NULL ? ERR_NOT_FOUND : ERR_FDT;
    }
    if (count != 1) {
        return ERR_FDT;
    }
    *value = fdt32_ld(cells);
    return ERR_OK;
}

const char *dt_string(const void *tree, int node, const char *name)
{
    int bytes = 0;
    const char *text = fdt_getprop(tree, node, name, &bytes);
    return text == NULL || bytes <= 0 || memchr(text, 0, bytes) == NULL ? NULL : text;
}

void dt_path(const void *tree, int node, char *path, size_t bytes)
{
    static const char unknown[] = "?";
    if (bytes == 0) {
        return;
    }
    if (fdt_get_path(tree, node, path, bytes) != 0) {
        size_t length = bytes < sizeof unknown ? bytes - 1 : sizeof unknown - 1;
        memcpy(path, unknown, length);
        path[length] = 0;
    }
}

err_t dt_console(const void *tree, int *node)
{
    int chosen = fdt_path_offset(tree, "/chosen");
    const char *path = chosen < 0 ? NULL : dt_string(tree, chosen, "stdout-path");
    if (path == NULL) {
        return ERR_NOT_FOUND;
    }
    int found = fdt_path_offset_namelen(tree, path, strcspn(path, ":"));
    if (found < 0) {
        return ERR_NOT_FOUND;
    }
    *node = found;
    return ERR_OK;
}
