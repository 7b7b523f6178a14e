# SPDX-License-Identifier: BSD-2-Clause
paging-index-$(CONFIG_PAGING_INDEX_HASH) := index_hash
paging-index-$(CONFIG_PAGING_INDEX_LIST) := index_list
paging-index-$(CONFIG_PAGING_INDEX_RADIX) := index_radix
lib-noFP-y += $(addprefix lib/paging/,fault.o back.o table.o reserve.o records.o report.o init.o $(paging-index-y).o)
lib-noFP-y += $(addprefix lib/paging/,map.o unmap.o query.o work.o pager.o cspace.o ram.o source_mem.o)
# REGIONS_INDEX and REGIONS_RECORD: the choices for virtual memory. lib/paging comes before lib/regions: expanded when used.
CFLAGS_lib/paging/init.o = $(regions-virtual)
CFLAGS_lib/paging/records.o = $(regions-virtual)

paging-sources := $(addprefix lib/paging/,fault.c back.c table.c reserve.c records.c init.c map.c unmap.c query.c \
    work.c pager.c cspace.c ram.c)
# Every index is tested, chosen or not.
define paging-test
hosttest-y += paging_$(1)_test
paging_$(1)_test-y = lib/paging/paging_test.c lib/paging/paging_model.c lib/paging/paging_index_test.c \
    lib/paging/index_$(1).c lib/paging/fake_kernel.c $$(paging-sources) \
    lib/caps/slots.c $$(regions-sources)
paging_$(1)_test-cflags = -Iarch/aarch64/user/include $$(regions-virtual) -DINDEX_LINKS=$(2)
endef
$(eval $(call paging-test,hash,1))
$(eval $(call paging-test,list,1))
$(eval $(call paging-test,radix,8))
