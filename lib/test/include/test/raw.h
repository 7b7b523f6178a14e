/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls with whatever in their registers, for tests of what the kernel refuses.
 */
#ifndef TEST_RAW_H
#define TEST_RAW_H

#include <abi/errors.h>
#include <abi/syscall.h>
#include <abi/types.h>

/* x0-x11 before and after `svc #0`. Returns x0. */
struct raw {
    uint64_t x[19];
};
err_t raw_call(struct raw *raw);

/* A call with x8, x9 and the first six arguments. */
err_t raw6(uint64_t call, uint64_t invoked, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
#define RAW_CAP(op, ...) raw_first6(SYS_OP(SYS_CAP, op), 0, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_INVOKE(cptr, op, ...) raw_first6(SYS_OP(SYS_INVOKE, op), cptr, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define raw_first6(call, invoked, a, b, c, d, e, f, ...) raw6(call, invoked, a, b, c, d, e, f)

#endif
