# SPDX-License-Identifier: BSD-2-Clause
#
# Test programs, in the ramdisk's test/ as t_NAME. Each NAME.c has a table of tests that the harness reads.
suites := syscalls caps lmp threads paging heap services messages process fuzz
test-program-y += $(addprefix t_,$(suites)) victim
$(foreach s,$(suites),$(eval t_$s-y := user/tests/$s.o user/tests/support.o user/tests/child.o \
    user/tests/raw.o))
victim-y := user/tests/victim.o user/tests/support.o user/tests/raw.o
