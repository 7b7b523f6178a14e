# SPDX-License-Identifier: BSD-2-Clause
shell-parser := $(addprefix user/shell/,text.o pool.o words.o dollar.o lexer.o parser.o compound.o program.o)
shell-expander := $(addprefix user/shell/,pattern.o variables.o state.o arithmetic.o expand.o fields.o glob.o)
shell-runner := $(addprefix user/shell/,functions.o search.o redirect.o subshell.o simple.o pipeline.o run.o script.o session.o jobs.o \
    command.o language.o settings.o input.o job_commands.o language_table.o)
shell-capelin := $(addprefix user/shell/,main.o commands.o process_commands.o system_commands.o memory_commands.o caps_command.o names_command.o caps_text.o caps_why.o holders.o holders_order.o chan.o chan_read.o chan_pair.o map.o map_nodes.o map_shared.o cores.o failed.o \
    pmap.o pmu.o platform.o tree.o terminal.o collect.o usage_run.o complete.o usage_words.o quoting.o place.o keys.o line.o search_line.o history.o)

program-y += shell
shell-y := $(shell-parser) $(shell-expander) $(shell-runner) $(shell-capelin)
ramdisk-file-y += bin/sh:$(O)/bin/shell
shell-cflags := $(if $(CONFIG_OPTIMISE_DEBUG),,-Os) # it waits for people

hosttest-y += shell_line_test
shell_line_test-y := $(addprefix user/shell/,line_test.c keys.c line.c search_line.c history.c complete.c usage_words.c quoting.c place.c)
hosttest-y += shell_parser_test shell_expand_test
shell_parser_test-y := user/shell/parser_test.c $(shell-parser:.o=.c)
shell_expand_test-y := user/shell/expand_test.c $(shell-parser:.o=.c) $(filter-out %/glob.c,$(shell-expander:.o=.c))
fuzz-y += shell_fuzz
shell_fuzz-y := user/shell/shell_fuzz.c $(shell-parser:.o=.c) $(filter-out %/glob.c,$(shell-expander:.o=.c))
hosttest-y += shell_scripts_test
shell_scripts_test-y := user/shell/sim/main.c user/shell/sim/platform.c lib/cli/format.c lib/cli/json.c $(shell-parser:.o=.c) $(shell-expander:.o=.c) \
    $(shell-runner:.o=.c) lib/cli/echo.c lib/cli/printf.c lib/cli/test.c
shell_scripts_test-cflags := -D_GNU_SOURCE -Wno-format-nonliteral
hosttest-y += shell_holders_test
shell_holders_test-y := user/shell/holders_test.c user/shell/holders_order.c
hosttest-y += shell_chan_test
shell_chan_test-y := user/shell/chan_test.c user/shell/chan_pair.c
hosttest-y += shell_map_test
shell_map_test-y := user/shell/map_test.c user/shell/map_shared.c
