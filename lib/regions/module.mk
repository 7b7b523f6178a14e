# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += lib/regions/regions.o lib/regions/list.o
hosttest-y += regions_test
regions_test-y := lib/regions/regions_test.c lib/regions/regions.c lib/regions/list.c
