# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/spawn/plan.o lib/spawn/info.o lib/spawn/build.o
hosttest-y += plan_test
plan_test-y := lib/spawn/plan_test.c lib/spawn/plan.c lib/spawn/info.c
