# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/cli/cli.o lib/cli/memory.o
lib-y += lib/cli/echo.o lib/cli/printf.o lib/cli/test.o lib/cli/options.o
lib-y += lib/cli/format.o lib/cli/json.o lib/cli/names.o
hosttest-y += cli_format_test
cli_format_test-y := lib/cli/format_test.c lib/cli/format.c
