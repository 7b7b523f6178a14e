# SPDX-License-Identifier: BSD-2-Clause
idl-$(CONFIG_NET) += servers/net/net.idl
service-$(CONFIG_NET) += net

# What the server is made of without the system around it: also what the tests on the host run.
net-core := settings accounts guard ring sockets waits packets echo devices timers round stack offload \
    $(if $(CONFIG_NET_TCP),stream stream_listen stream_options merge,stream_none) $(if $(CONFIG_NET_DNS),resolve,resolve_none) $(if $(CONFIG_NET_DHCP),lease,lease_none)
net-y := $(addprefix servers/net/,main.o requests.o requests_network.o nic.o passed.o) $(net-core:%=servers/net/%.o) $(lwip-c:%=third_party/lwip/src/%.o)
net-cflags := -isystem servers/net/lwip -isystem $(LWIP)/include
# Its functions are leaves (threads/guarded.h).
CFLAGS_servers/net/guard.o := -O2 -momit-leaf-frame-pointer

net-host := $(addprefix servers/net/,$(addsuffix .c,$(net-core) host host_frames)) lib/libc/socket_ring.c $(lwip-c:%=third_party/lwip/src/%.c)
hosttest-$(CONFIG_NET) += netserver_test netserver_settings_test
netserver_settings_test-y := servers/net/settings_test.c servers/net/settings.c
netserver_test-y := servers/net/netserver_test.c $(net-host)
netserver_test-cflags := $(net-cflags) -fno-sanitize=alignment
hosttest-$(CONFIG_NET) += netserver_fragments_test
netserver_fragments_test-y := servers/net/fragments_test.c $(net-host)
netserver_fragments_test-cflags := $(net-cflags) -fno-sanitize=alignment
hosttest-$(CONFIG_NET_TCP) += netserver_stream_test netserver_stream_states_test
netserver_stream_test-y := servers/net/stream_test.c servers/net/stream_peer.c $(net-host)
netserver_stream_test-cflags := $(net-cflags) -fno-sanitize=alignment
netserver_stream_states_test-y := servers/net/stream_states_test.c servers/net/stream_peer.c $(net-host)
netserver_stream_states_test-cflags := $(net-cflags) -fno-sanitize=alignment
hosttest-$(CONFIG_NET_TCP) += netserver_passed_test
netserver_passed_test-y := servers/net/passed_test.c servers/net/stream_peer.c $(net-host)
netserver_passed_test-cflags := $(net-cflags) -fno-sanitize=alignment
hosttest-$(CONFIG_NET_TCP) += netmerge_test
netmerge_test-y := servers/net/merge_test.c $(net-host)
netmerge_test-cflags := $(net-cflags) -fno-sanitize=alignment
hosttest-$(CONFIG_NET_TCP) += netoffload_test
netoffload_test-y := servers/net/offload_test.c $(net-host)
netoffload_test-cflags := $(net-cflags) -fno-sanitize=alignment
fuzz-$(CONFIG_NET_TCP) += netserver_fuzz
netserver_fuzz-y := servers/net/netserver_fuzz.c $(net-host)
netserver_fuzz-cflags := $(net-cflags) -fno-sanitize=alignment
