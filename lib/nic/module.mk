# SPDX-License-Identifier: BSD-2-Clause
lib-$(CONFIG_NET) += lib/nic/port.o lib/nic/nic.o
