# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/names/names.idl
service-y += names
names-y := servers/names/main.o servers/names/names_table.o servers/names/waiters.o servers/names/changes.o

hosttest-y += names_test
names_test-y := servers/names/names_test.c servers/names/names_table.c servers/names/waiters.c servers/names/changes.c
