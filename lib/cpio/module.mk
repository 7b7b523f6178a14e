# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/cpio/cpio.o
hosttest-y += cpio_test
cpio_test-y := lib/cpio/cpio_test.c lib/cpio/cpio.c
fuzz-y += cpio_fuzz
cpio_fuzz-y := lib/cpio/cpio_fuzz.c lib/cpio/cpio.c
