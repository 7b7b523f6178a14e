# SPDX-License-Identifier: BSD-2-Clause
hosttest-y += shell_line_test shell_parse_test
shell_line_test-y := $(addprefix user/shell/,line_test.c line.c history.c complete.c parse.c)
shell_parse_test-y := user/shell/parse_test.c user/shell/parse.c
