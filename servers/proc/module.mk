# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/proc/proc.idl
service-y += proc
proc-y := servers/proc/main.o servers/proc/births.o servers/proc/process_table.o servers/proc/process_table_kept.o servers/proc/programs.o servers/proc/spawn.o \
    servers/proc/copy.o servers/proc/exit.o servers/proc/report.o servers/proc/recover.o

hosttest-y += process_table_test
process_table_test-y := servers/proc/process_table_test.c servers/proc/process_table.c servers/proc/process_table_kept.c
