# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/elf/elf.o lib/elf/function.o
hosttest-y += elf_test
elf_test-y := lib/elf/elf_test.c lib/elf/elf.c lib/elf/function.c
fuzz-y += elf_fuzz
elf_fuzz-y := lib/elf/elf_fuzz.c lib/elf/elf.c lib/elf/function.c
