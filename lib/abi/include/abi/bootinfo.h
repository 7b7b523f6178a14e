/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel tells init, in the frame SLOT_BOOTINFO, mapped read-only at VADDR_BOOTINFO.
 * Offsets and sizes only: there is no pointer in it.
 */
#ifndef ABI_BOOTINFO_H
#define ABI_BOOTINFO_H

#include <abi/types.h>

#define BOOTINFO_MAGIC 0x6f66696e69706163 /* "capinifo" */
#define BOOTINFO_BANKS 8
#define VADDR_BOOTINFO 0x0000004100000000
#define VADDR_RAMDISK 0x0000004200000000 /* in init: the ramdisk, read-only (not executable) */
#define VADDR_DTB 0x0000004300000000     /* in init: the device tree, read-only */

/* A KCB for an image of so many bytes: whole blocks of 2 MiB. */
#define KCB_BYTES(image_bytes) (((image_bytes) + 0x1fffff) & ~(uint64_t)0x1fffff)

#ifndef __ASSEMBLER__
struct bootinfo_range {
    paddr_t base;
    uint64_t bytes;
};

struct bootinfo {
    uint64_t magic;
    coreid_t core;
    uint32_t arena_count; /* Arenas in SLOT_ARENAS...: arena[i] says what range each covers: on core 0 all of it is free, */
    uint32_t device_count; /* DevFrames in SLOT_DEVICES... */
    uint32_t gic_version;
    uint32_t cpu_count;        /* processors in the device tree; core 0 only */
    uint32_t core_count;       /* those that may be used, CORES_MAX at most; core 0 only */
    uint64_t mpidr[CORES_MAX]; /* their affinities, by core; core 0 only */
    uint64_t image_bytes;      /* of the kernel's image, init included: what a KCB must hold */
    struct bootinfo_range arena[BOOTINFO_BANKS];
    struct bootinfo_range share; /* on another core only this part of it is, and the core's own */
    struct bootinfo_range device[BOOTINFO_BANKS];
    uint64_t ram_bytes;    /* all RAM of the machine */
    uint64_t kernel_bytes; /* kept by kernel image, tables, stacks */
    uint64_t boot_bytes; /* init's own memory: image, tables, CNodes, bootinfo (given back only if its capabilities die) */
    uint64_t ramdisk_bytes; /* exact size of the ramdisk; its frame is this rounded up to pages */
    uint64_t ramdisk_frame_bytes;
    uint64_t dtb_bytes;
    uint64_t dtb_offset;  /* of the tree in its frame */
    uint64_t counter_hz;  /* CNTFRQ_EL0 */
    uint64_t reset_ticks; /* CNTVCT when the kernel was entered */
    uint32_t l2cnodes;    /* L2CNodes that init's CSpace has: 0 .. l2cnodes-1 */
    uint32_t vnodes;      /* init's VNodes below the root and Mappings: slots SLOT_SPAWN ... */
    char version[64];     /* "capelin 0.1" */
    char choices[128];    /* what this build was configured with, as in the banner */
};
#endif
#endif
