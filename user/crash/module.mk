# SPDX-License-Identifier: BSD-2-Clause
program-y += crash
crash-y := user/crash/main.o
# Without this the compiler turns the endless recursion into a loop.
CFLAGS_user/crash/main.o := -fno-optimize-sibling-calls -Wno-infinite-recursion
