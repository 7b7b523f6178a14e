# SPDX-License-Identifier: BSD-2-Clause
ifeq ($(CONFIG_PL011),y)
service-y += pl011
pl011-y := drivers/pl011/main.o
endif
