# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += lib/caps/caps.o lib/caps/errors.o lib/caps/invoke.o lib/caps/slots.o
hosttest-y += slots_test
slots_test-y := lib/caps/slots_test.c lib/caps/slots.c
slots_test-cflags := -Iarch/aarch64/user/include
