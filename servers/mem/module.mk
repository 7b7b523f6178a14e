# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/mem/mem.idl
service-y += mem
# REGIONS_INDEX and REGIONS_RECORD: the choices for physical memory.
CFLAGS_servers/mem/main.o := $(regions-physical)
CFLAGS_servers/mem/records.o := $(regions-physical)
mem-y := $(addprefix servers/mem/,main.o balance.o stock.o records.o memory.o accounts.o)

hosttest-y += memory_test serving_test
memory_test-y := servers/mem/memory_test.c servers/mem/memory.c servers/mem/accounts.c $(regions-sources)
serving_test-y := servers/mem/serving_test.c servers/mem/stock.c servers/mem/memory.c servers/mem/accounts.c $(regions-sources)
serving_test-cflags = -Iarch/aarch64/user/include $(regions-physical)
hosttest-y += stock_test
stock_test-y := servers/mem/stock_test.c servers/mem/stock.c servers/mem/memory.c servers/mem/accounts.c $(regions-sources)
