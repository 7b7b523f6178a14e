# SPDX-License-Identifier: BSD-2-Clause
program-y += shell
shell-y := $(addprefix user/shell/,main.o commands.o process_commands.o system_commands.o cores.o pmap.o execute.o command.o jobs.o terminal.o \
    complete.o keys.o line.o history.o parse.o format.o pmu.o)

hosttest-y += shell_line_test shell_parse_test shell_format_test
shell_line_test-y := $(addprefix user/shell/,line_test.c keys.c line.c history.c complete.c parse.c)
shell_parse_test-y := user/shell/parse_test.c user/shell/parse.c
shell_format_test-y := user/shell/format_test.c user/shell/format.c
