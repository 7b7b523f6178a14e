# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/names/names.idl
service-y += names
names-y := $(addprefix servers/names/,main.o keep.o owners.o answers.o spread.o names_table.o table_recover.o match.o searches.o waiters.o)

hosttest-y += names_test
names_test-y := $(addprefix servers/names/,names_test.c names_table.c table_recover.c match.c searches.c waiters.c)
