# SPDX-License-Identifier: BSD-2-Clause
# The programs of the network: most are one program under many names, as user/tools.
nettools-names := arp ifconfig iperfd nc netstat nslookup ping tcp_echo udp_echo wget
program-$(CONFIG_NET_PROGRAMS) += nettools
nettools-y := $(addprefix user/net/,main.o tool_list.o common.o platform.o devices.o arp.o echo.o ifconfig.o iperfd.o nc.o netstat.o \
    nslookup.o ping.o wget.o)
ramdisk-file-$(CONFIG_NET_PROGRAMS) += $(foreach n,$(nettools-names),bin/$n:$(O)/bin/nettools)

program-$(CONFIG_HTTPD) += httpd
httpd-y := $(addprefix user/net/,httpd.o http_request.o http_reply.o http_text.o status.o devices.o common.o platform.o)
ramdisk-file-$(CONFIG_HTTPD) += share/status.html:user/net/status.html

program-$(CONFIG_SHELLD) += shelld
shelld-y := $(addprefix user/net/,shelld.o common.o platform.o)

hosttest-y += http_test
http_test-y := user/net/http_test.c user/net/http_request.c user/net/http_text.c
