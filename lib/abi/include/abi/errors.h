/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every error of the system, once: name, text. The enum, the strings of
 * err_text() and the reference page all come from this table. Kernel errors
 * come first; services and libraries follow. Codes are stable within a build.
 */
#ifndef ABI_ERRORS_H
#define ABI_ERRORS_H

/* clang-format off */
#define ERROR_TABLE(X) \
    X(ERR_OK,                "success") \
    /* the kernel's ABI */ \
    X(ERR_SYSCALL,           "unknown system call, operation or flag") \
    X(ERR_ARGUMENT,          "argument out of range") \
    X(ERR_OVERFLOW,          "size, offset or count overflows") \
    X(ERR_ALIGNMENT,         "address or size is not aligned") \
    X(ERR_ROOT_LOOKUP,       "capref: its root is not an L1CNode of the caller") \
    X(ERR_L1_LOOKUP,         "cptr: no L2CNode at its first level") \
    X(ERR_L2_LOOKUP,         "cptr: its slot is empty") \
    X(ERR_CAP_TYPE,          "capability has the wrong type for this operation") \
    X(ERR_CAP_RIGHTS,        "capability lacks the right for this operation") \
    X(ERR_SLOT_OCCUPIED,     "destination slot is occupied") \
    X(ERR_RETYPE_TYPE,       "this type cannot be made from that one") \
    X(ERR_REVOKE_FIRST,      "range has descendants: revoke first") \
    X(ERR_RETRY_THROUGH_MONITOR, "needs more steps than one call may take: ask the monitor") \
    X(ERR_AGAIN,             "not finished: call again") \
    X(ERR_UNCLEAN,           "object has not been cleared yet") \
    X(ERR_COPY,              "this capability cannot be copied or sent") \
    X(ERR_BLOCK,             "operation needs the only capability of a block") \
    X(ERR_VNODE_ENTRY,       "page-table entry is in use or out of range") \
    X(ERR_VNODE_LEVEL,       "wrong level of page table") \
    X(ERR_VNODE_MAPPED,      "page table is mapped already") \
    X(ERR_WX,                "a page is never writable and executable") \
    X(ERR_MAPPING_GONE,      "mapping or its page table is gone") \
    X(ERR_DISPATCHER_STATE,  "dispatcher is in the wrong state") \
    X(ERR_PRIORITY,          "priority is higher than the capability allows") \
    X(ERR_ENDPOINT_DEAD,     "endpoint's dispatcher is gone or has stopped") \
    X(ERR_LMP_FULL,          "receiver has no room for the message") \
    X(ERR_LMP_SLOT,          "receiver's slot for the capability is occupied or missing") \
    X(ERR_IRQ_BOUND,         "interrupt is bound already, or not bound") \
    X(ERR_NOT_DISABLED,      "only a disabled dispatcher may block") \
    X(ERR_BOOT,              "boot information is missing or malformed") \
    /* libraries and services */ \
    X(ERR_NO_MEMORY,         "out of memory") \
    X(ERR_QUOTA,             "quota is used up") \
    X(ERR_NO_SLOTS,          "out of capability slots") \
    X(ERR_NO_REGION,         "no region holds that range") \
    X(ERR_REGION_BUSY,       "range overlaps one in use") \
    X(ERR_NOT_FOUND,         "not found") \
    X(ERR_EXISTS,            "exists already") \
    X(ERR_PERMISSION,        "not permitted") \
    X(ERR_TIMEOUT,           "deadline has passed") \
    X(ERR_PEER_DEAD,         "the other side of the channel is gone") \
    X(ERR_MESSAGE,           "malformed message") \
    X(ERR_METHOD,            "unknown method") \
    X(ERR_TOO_LONG,          "too long") \
    X(ERR_TOO_MANY,          "too many") \
    X(ERR_INVALID,           "invalid value") \
    X(ERR_ELF_HEADER,        "ELF: not a little-endian AArch64 executable") \
    X(ERR_ELF_BOUNDS,        "ELF: header, segment or offset outside the file") \
    X(ERR_ELF_SEGMENT,       "ELF: segment overlaps, wraps or has a bad size") \
    X(ERR_ELF_WX,            "ELF: segment is writable and executable") \
    X(ERR_ELF_ENTRY,         "ELF: entry point is outside the text") \
    X(ERR_CPIO,              "ramdisk: malformed entry") \
    X(ERR_FDT,               "device tree: malformed or incomplete") \
    X(ERR_INVENTORY,         "inventory: malformed line") \
    X(ERR_BUSY,              "busy") \
    X(ERR_CLOSED,            "closed") \
    X(ERR_EOF,               "end of file") \
    X(ERR_INTERRUPTED,       "interrupted") \
    X(ERR_DEVICE,            "device does not answer or misbehaves") \
    X(ERR_UNSUPPORTED,       "not supported") \
    /* files */ \
    X(ERR_ACCESS,            "the file's mode does not allow it") \
    X(ERR_NOT_DIRECTORY,     "not a directory") \
    X(ERR_IS_DIRECTORY,      "is a directory") \
    X(ERR_NOT_EMPTY,         "directory is not empty") \
    X(ERR_NO_SPACE,          "no space left for files") \
    X(ERR_NOT_OPEN,          "file is not open, or not for this") \
    X(ERR_NO_READER,         "pipe has no reader any more") \
    /* the network */ \
    X(ERR_ADDRESS_IN_USE,    "address and port are in use") \
    X(ERR_NO_ADDRESS,        "not an address of this machine") \
    X(ERR_UNREACHABLE,       "no way to that network") \
    X(ERR_REFUSED,           "connection refused") \
    X(ERR_RESET,             "connection reset by the other side") \
    X(ERR_ABORTED,           "connection aborted") \
    X(ERR_CONNECTED,         "connected already") \
    X(ERR_NOT_CONNECTED,     "not connected") \
    X(ERR_IN_PROGRESS,       "not connected yet") \
    X(ERR_MESSAGE_SIZE,      "too long for one packet") \
    X(ERR_NETWORK_DOWN,      "the network is down")
/* clang-format on */

#ifndef __ASSEMBLER__
#define ERROR_ENUM(name, text) name,
enum error_code { ERROR_TABLE(ERROR_ENUM) ERR_COUNT };
#undef ERROR_ENUM
#endif

#endif
