# SPDX-License-Identifier: BSD-2-Clause
# The programs of the network: most are one program under many names, as user/tools.
nettools-names := arp ifconfig nc netstat ping udp_echo
nettools-names-$(CONFIG_NET_TCP) := iperfd tcp_echo wget
nettools-names-$(CONFIG_NET_DNS) += nslookup
nettools-names += $(nettools-names-y)
program-$(CONFIG_NET_PROGRAMS) += nettools
nettools-y := $(addprefix user/net/,main.o common.o platform.o devices.o $(if $(CONFIG_NET_TCP),serve.o) $(nettools-names:%=%.o))
CFLAGS_user/net/main.o := "-DNETTOOLS=$(foreach n,$(nettools-names),TOOL($n))"
ramdisk-file-$(CONFIG_NET_PROGRAMS) += $(foreach n,$(nettools-names),bin/$n:$(O)/bin/nettools)

program-$(CONFIG_HTTPD) += httpd
httpd-y := $(addprefix user/net/,httpd.o serve.o http_request.o http_reply.o http_text.o status.o devices.o common.o platform.o)
ramdisk-file-$(CONFIG_HTTPD) += share/status.html:user/net/status.html

program-$(CONFIG_SHELLD) += shelld
shelld-y := $(addprefix user/net/,shelld.o common.o platform.o)

hosttest-y += http_test
http_test-y := user/net/http_test.c user/net/http_request.c user/net/http_text.c
