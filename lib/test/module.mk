# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/test/test.o lib/test/mini.o lib/test/raw.o
