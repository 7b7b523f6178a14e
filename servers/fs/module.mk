# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/fs/fs.idl
service-y += fs
fs-files := servers/fs/memory servers/fs/journal servers/fs/blocks servers/fs/records servers/fs/content servers/fs/tree servers/fs/recover servers/fs/path \
            servers/fs/pipe servers/fs/open servers/fs/session
fs-y := servers/fs/main.o servers/fs/buffer.o servers/fs/chunk.o servers/fs/waits.o servers/fs/load.o servers/fs/loans.o $(addsuffix .o,$(fs-files))

fuzz-y += files_fuzz
files_fuzz-y := servers/fs/files_fuzz.c servers/fs/files_fuzz_open.c servers/fs/files_model.c servers/fs/files_host.c $(addsuffix .c,$(fs-files))
fuzz-y += store_fuzz
store_fuzz-y := servers/fs/store_fuzz.c servers/fs/files_kept_operations.c servers/fs/files_host.c $(addsuffix .c,$(fs-files))
hosttest-y += files_test
files_test-y := servers/fs/files_test.c servers/fs/files_host.c $(addsuffix .c,$(fs-files))
hosttest-y += files_damage_test
files_damage_test-y := servers/fs/files_damage_test.c servers/fs/files_kept_operations.c servers/fs/files_host.c $(addsuffix .c,$(fs-files))
hosttest-y += files_kept_test
files_kept_test-y := servers/fs/files_kept_test.c servers/fs/files_kept_operations.c servers/fs/files_host.c $(addsuffix .c,$(fs-files))
