# SPDX-License-Identifier: BSD-2-Clause
paging-index-$(CONFIG_PAGING_INDEX_HASH) := index_hash
lib-noFP-y += $(addprefix lib/paging/,fault.o back.o table.o reserve.o records.o report.o init.o $(paging-index-y).o)
lib-noFP-y += $(addprefix lib/paging/,map.o unmap.o work.o pager.o cspace.o ram.o source_mem.o)
# REGIONS_INDEX and REGIONS_RECORD: the choices for virtual memory. lib/paging comes before lib/regions: expanded when used.
CFLAGS_lib/paging/init.o = $(regions-virtual)
CFLAGS_lib/paging/records.o = $(regions-virtual)

paging-sources := $(addprefix lib/paging/,fault.c back.c table.c reserve.c records.c init.c $(paging-index-y).c map.c unmap.c \
    work.c pager.c cspace.c ram.c)
hosttest-y += paging_test
paging_test-y = lib/paging/paging_test.c lib/paging/fake_kernel.c $(paging-sources) lib/caps/slots.c \
    $(regions-sources)
paging_test-cflags = -Iarch/aarch64/user/include $(regions-virtual)
