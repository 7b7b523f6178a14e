/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree at the start: what a predecessor left, or what is in the ramdisk, whose contents stay there until they are written to; /tmp; /dev/null.
 */
#include "fs.h"
#include <abi/slots.h>
#include <caps/caps.h>
#include <cpio/cpio.h>
#include <idl/init.h>
#include <idl/mem.h>
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

static err_t load_ramdisk(const void *archive, uint64_t bytes)
{
    struct cpio_entry entry = {.next = 0};
    err_t err = ERR_OK;
    while (err == ERR_OK && (err = cpio_next(archive, bytes, &entry)) == ERR_OK) {
        err = load_entry(&entry);
    }
    if (err == ERR_EOF) err = path_mkdir("/tmp", 0777);
    return err == ERR_OK ? load_devices() : err;
}

void fs_say(const char *what, err_t err)
{
    char line[160];
    snprintf(line, sizeof line, "fs: %s%s", what, err_text(err));
    init_log(init_default(), line);
}

static err_t load_new(const struct store *store, uint64_t most, uint64_t ramdisk_bytes)
{
    err_t err = files_init(store, most, memory_allows);
    if (err == ERR_OK) err = load_ramdisk(store_ramdisk(), ramdisk_bytes);
    if (err == ERR_OK) files_ready();
    return err;
}

err_t load_files(cptr_t ramdisk, uint64_t ramdisk_bytes)
{
    struct mem_totals totals;
    struct store store;
    bool inherited;
    uint32_t dropped;
    err_t err = mem_totals(mem_default(), &totals);
    if (err == ERR_OK) err = store_open(ramdisk, ramdisk_bytes, &store, &inherited);
    if (err != ERR_OK) return err;
    uint64_t most = totals.machine / 100 * CONFIG_FS_PERCENT, room = store.chunks * (uint64_t)FILE_CHUNK;
    if (most > room) most = room;
    if (!inherited) return load_new(&store, most, ramdisk_bytes);
    err = files_recover(&store, most, memory_allows, &dropped);
    if (dropped > 0) {
        char line[120];
        snprintf(line, sizeof line, "fs: %u of what was kept (files, directories, blocks) made no sense, and is gone",
                 (unsigned)dropped);
        init_log(init_default(), line);
    }
    if (err == ERR_OK || err == ERR_NO_MEMORY) return err;
    files_give_up();
    if (err == ERR_NOT_FOUND) return load_new(&store, most, ramdisk_bytes);
    fs_say("what was kept is no tree of files, so all that was written is lost: ", err);
    return err;
}
