# SPDX-License-Identifier: BSD-2-Clause
# One program under many names: the ramdisk has it once.
tools-names := [ args basename cat chmod cp cut date dirname echo env exitcode false grep head hexdump ls mkdir mv printf pwd rm rmdir \
    seq sleep sort tail tee test touch tr true uniq watch wc yes
program-y += tools run_memtest oncore wakes
tools-y := $(addprefix user/tools/,main.o common.o trivial.o shared.o cat.o files.o copy.o directories.o ls.o lines.o streams.o grep.o sort.o \
    columns.o numbers.o clock.o env.o run_program.o)
ramdisk-file-y += $(foreach n,$(tools-names),bin/$n:$(O)/bin/tools)
run_memtest-y := user/tools/run_memtest.o
oncore-y := user/tools/oncore.o
wakes-y := user/tools/wakes.o
