# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/elf/elf.o
hosttest-y += elf_test
elf_test-y := lib/elf/elf_test.c lib/elf/elf.c
fuzz-y += elf_fuzz
elf_fuzz-y := lib/elf/elf_fuzz.c lib/elf/elf.c
