# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += lib/messaging/calls.o lib/messaging/channel.o lib/messaging/clients.o lib/messaging/inflight.o \
    lib/messaging/lmp.o lib/messaging/marshal.o \
    lib/messaging/peers.o lib/messaging/replies.o lib/messaging/requests.o lib/messaging/rpc.o lib/messaging/server.o \
    lib/messaging/ump.o lib/messaging/ump_end.o lib/messaging/ump_call.o lib/messaging/ump_server.o lib/messaging/waitset.o
# Its functions are leaves (threads/guarded.h), which they are not with -Og.
CFLAGS_lib/messaging/ump.o := -O2 -momit-leaf-frame-pointer
idl-y += lib/messaging/sample.idl
hosttest-y += idl_test ump_test
idl_test-y := lib/messaging/idl_test.c lib/messaging/marshal.c gen/idl/sample_client.c gen/idl/sample_server.c
ump_test-y := lib/messaging/ump_test.c lib/messaging/ump.c
fuzz-y += server_fuzz ump_fuzz
ump_fuzz-y := lib/messaging/ump_fuzz.c lib/messaging/ump.c
server_fuzz-y := lib/messaging/server_fuzz.c lib/messaging/calls.c lib/messaging/clients.c lib/messaging/marshal.c \
    lib/messaging/peers.c lib/messaging/replies.c lib/messaging/requests.c gen/idl/sample_server.c
server_fuzz-cflags := -Iarch/aarch64/user/include
