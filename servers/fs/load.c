/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree at the start: what is in the ramdisk, whose contents stay there until they are written to; /tmp; /dev/null.
 */
#include "fs.h"
#include <cpio/cpio.h>
#include <stdio.h>

static err_t load_entry(const struct cpio_entry *entry)
{
    char path[CPIO_NAME_MAX + 2];
    struct place place;
    struct node *node;
    uint32_t type = entry->mode & MODE_TYPE;
    if (type != MODE_DIRECTORY && type != MODE_FILE) return ERR_OK;
    snprintf(path, sizeof path, "/%s", entry->name);
    err_t err = path_walk(path, &place);
    if (err == ERR_OK && place.node != NULL) err = ERR_EXISTS;
    if (err == ERR_OK)
        err = node_make(place.directory, place.name, place.length, entry->mode & (MODE_TYPE | 0777), &node);
    if (err != ERR_OK || type != MODE_FILE) return err;
    node->origin = entry->name;
    node->content.base = entry->data;
    node->content.base_bytes = node->content.bytes = entry->bytes;
    return ERR_OK;
}

static err_t load_devices(void)
{
    struct place place;
    struct node *node;
    err_t err = path_mkdir("/dev", 0755);
    if (err == ERR_OK) err = path_walk("/dev/null", &place);
    return err == ERR_OK ? node_make(place.directory, place.name, place.length, MODE_DEVICE | 0666, &node) : err;
}

err_t load_ramdisk(const void *archive, uint64_t bytes)
{
    struct cpio_entry entry = {.next = 0};
    err_t err = ERR_OK;
    while (err == ERR_OK && (err = cpio_next(archive, bytes, &entry)) == ERR_OK) {
        err = load_entry(&entry);
    }
    if (err == ERR_EOF) err = path_mkdir("/tmp", 0777);
    return err == ERR_OK ? load_devices() : err;
}
