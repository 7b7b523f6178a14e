# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/cli/cli.o lib/cli/memory.o
lib-y += lib/cli/echo.o lib/cli/printf.o lib/cli/test.o lib/cli/options.o
