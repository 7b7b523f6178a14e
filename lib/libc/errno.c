/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of the system as errno values. */
#include <errno.h>
#include <libc/files.h>

int errno_of(err_t error)
{
    switch (error) {
    case ERR_OK:
        return 0;
    case ERR_NO_MEMORY:
    case ERR_QUOTA:
    case ERR_NO_SLOTS:
        return ENOMEM;
    case ERR_NOT_FOUND:
        return ENOENT;
    case ERR_EXISTS:
        return EEXIST;
    case ERR_PERMISSION:
        return EPERM;
    case ERR_TIMEOUT:
        return ETIMEDOUT;
    case ERR_PEER_DEAD:
    case ERR_CLOSED:
    case ERR_ENDPOINT_DEAD:
        return EPIPE;
    case ERR_TOO_LONG:
        return E2BIG;
    case ERR_TOO_MANY:
        return EMFILE;
    case ERR_BUSY:
        return EBUSY;
    case ERR_INTERRUPTED:
        return EINTR;
    case ERR_ACCESS:
        return EACCES;
    case ERR_NOT_DIRECTORY:
        return ENOTDIR;
    case ERR_IS_DIRECTORY:
        return EISDIR;
    case ERR_NOT_EMPTY:
        return ENOTEMPTY;
    case ERR_NO_SPACE:
        return ENOSPC;
    case ERR_NOT_OPEN:
        return EBADF;
    case ERR_NO_READER:
        return EPIPE;
    case ERR_UNSUPPORTED:
        return ENOSYS;
    case ERR_AGAIN:
        return EAGAIN;
    case ERR_ADDRESS_IN_USE:
        return EADDRINUSE;
    case ERR_NO_ADDRESS:
        return EADDRNOTAVAIL;
    case ERR_UNREACHABLE:
        return ENETUNREACH;
    case ERR_REFUSED:
        return ECONNREFUSED;
    case ERR_RESET:
        return ECONNRESET;
    case ERR_ABORTED:
        return ECONNABORTED;
    case ERR_CONNECTED:
        return EISCONN;
    case ERR_NOT_CONNECTED:
        return ENOTCONN;
    case ERR_IN_PROGRESS:
        return EINPROGRESS;
    case ERR_MESSAGE_SIZE:
        return EMSGSIZE;
    case ERR_NETWORK_DOWN:
        return ENETDOWN;
    case ERR_INVALID:
    case ERR_ARGUMENT:
        return EINVAL;
    default:
        return EIO;
    }
}
