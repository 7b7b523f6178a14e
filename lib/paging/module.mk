# SPDX-License-Identifier: BSD-2-Clause
paging-index-$(CONFIG_PAGING_INDEX_HASH) := index_hash
lib-noFP-y += $(addprefix lib/paging/,fault.o back.o table.o reserve.o records.o report.o init.o $(paging-index-y).o)
lib-noFP-y += $(addprefix lib/paging/,map.o unmap.o work.o pager.o cspace.o ram.o source_mem.o)
