# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += arch/aarch64/user/memory.o
lib-y += lib/libc/malloc.o lib/libc/segment.o lib/libc/heap_memory.o
lib-y += lib/libc/files.o lib/libc/console.o lib/libc/stdio.o lib/libc/exit.o lib/libc/locks.o lib/libc/time.o
lib-y += lib/libc/errno.o lib/libc/strerror.o lib/libc/remote.o lib/libc/paths.o lib/libc/directory.o lib/libc/streams.o lib/libc/program.o
lib-y += lib/libc/files_vector.o lib/libc/poll.o lib/libc/socket_address.o $(if $(CONFIG_NET),$(patsubst %,lib/libc/socket%.o,\
    _ring _link _data _calls _options _poll _names) lib/libc/socket.o,lib/libc/socket_none.o)
CFLAGS_lib/libc/malloc.o := -fno-builtin
hosttest-y += malloc_test
malloc_test-y := lib/libc/malloc_test.c lib/libc/malloc.c lib/libc/segment.c
malloc_test-cflags := -Wno-alloc-size-larger-than -Iarch/aarch64/user/include -fno-builtin -Dmalloc=heap_malloc -Dcalloc=heap_calloc -Drealloc=heap_realloc -Dfree=heap_free -Dmemalign=heap_memalign -Dmalloc_usable_size=heap_malloc_usable_size -Daligned_alloc=heap_aligned_alloc -Dposix_memalign=heap_posix_memalign -Dreallocarray=heap_reallocarray
