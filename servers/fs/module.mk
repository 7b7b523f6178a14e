# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/fs/fs.idl
service-y += fs
fs-files := servers/fs/memory servers/fs/blocks servers/fs/content servers/fs/tree servers/fs/path servers/fs/pipe servers/fs/open servers/fs/session
fs-y := servers/fs/main.o servers/fs/buffer.o servers/fs/chunk.o servers/fs/waits.o servers/fs/load.o $(addsuffix .o,$(fs-files))
