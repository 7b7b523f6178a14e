# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/cli/cli.o lib/cli/memory.o
