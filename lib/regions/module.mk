# SPDX-License-Identifier: BSD-2-Clause
# Of the indices a program gets only those that it names: each is an object of its own.
regions-indices := $(foreach i,list tree,$(foreach f,first next best worst,$i_$f))
regions-objects := regions balanced list tree sized $(regions-indices)
regions-sources := $(patsubst %,lib/regions/%.c,$(regions-objects))
lib-noFP-y += $(patsubst %,lib/regions/%.o,$(regions-objects))
# The chosen ones, as mem and paging name them.
regions-record = $(if $(filter tree_%,$(1)),region_sized,region)
regions-flags = -DREGIONS_INDEX=region_index_$(1) -DREGIONS_RECORD=$(call regions-record,$(1))
regions-physical := $(call regions-flags,$(call unquote,$(CONFIG_REGIONS_PHYSICAL)))
regions-virtual := $(call regions-flags,$(call unquote,$(CONFIG_REGIONS_VIRTUAL)))
hosttest-y += regions_test
regions_test-y := lib/regions/regions_test.c lib/regions/regions_model.c $(regions-sources)
fuzz-y += regions_fuzz
regions_fuzz-y := lib/regions/regions_fuzz.c lib/regions/regions_model.c $(regions-sources)
