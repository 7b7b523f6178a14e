# SPDX-License-Identifier: BSD-2-Clause
#
# Test programs, in the ramdisk's test/ as t_NAME. Each NAME.c has a table of tests that the harness reads. What they share is
# compiled once, into the library; it is linked into nothing that does not call it.
suites := polls syscalls caps lmp threads paging mapping heap services messages process pressure build fuzz across orphans sums consoles
suites += ump ump_caps ump_hostile files paths pipes programs fs $(if $(CONFIG_NET),sockets passed)
test-program-y += $(addprefix t_,$(suites)) victim share circle hostile dump posted storm spawns binds load kills crowd named echoes
$(foreach s,$(suites),$(eval t_$s-y := user/tests/$s.o))
t_files-y += user/tests/files_random.o
victim-y := user/tests/victim.o
circle-y := user/tests/circle.o
hostile-y := user/tests/hostile.o user/tests/hostile_honest.o
share-y := user/tests/share.o
dump-y := user/tests/dump.o
# A driver that only an inventory of test_interrupts.py starts.
service-$(CONFIG_TESTS) += t_irq
t_irq-y := user/tests/irq.o
posted-y := user/tests/posted.o
storm-y := user/tests/storm.o user/tests/storm_worker.o
spawns-y := user/tests/spawns.o
binds-y := user/tests/binds.o
load-y := user/tests/load.o
kills-y := user/tests/kills.o
crowd-y := user/tests/crowd.o
echoes-y := user/tests/echoes.o
named-y := user/tests/named.o
idl-$(CONFIG_TESTS) += user/tests/echo.idl
lib-$(CONFIG_TESTS) += user/tests/support.o user/tests/holdings.o user/tests/child.o user/tests/raw_client.o
lib-$(CONFIG_TESTS) += user/tests/file_support.o user/tests/ump_support.o
test-program-$(CONFIG_VIRTIO_NET) += nicecho
nicecho-y := user/tests/nicecho.o
