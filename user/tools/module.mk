# SPDX-License-Identifier: BSD-2-Clause
# One program under many names: the ramdisk has it once.
tools-names := [ args basename cat chmod cp cut date dirname echo env exitcode false grep head hexdump ls mkdir mv oncore printf pwd rm \
    rmdir run_memtest seq sleep sort tail tee test top touch tr true uniq wakes watch wc yes
program-y += tools
tools-cflags := $(if $(CONFIG_OPTIMISE_DEBUG),,-Os)
tools-y := $(addprefix user/tools/,main.o common.o trivial.o shared.o cat.o files.o copy.o directories.o ls.o lines.o streams.o grep.o sort.o \
    columns.o numbers.o clock.o env.o run_program.o oncore.o run_memtest.o top.o top_sample.o wakes.o)
ramdisk-file-y += $(foreach n,$(tools-names),bin/$n:$(O)/bin/tools)
