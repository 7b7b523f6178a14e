# SPDX-License-Identifier: BSD-2-Clause
idl-$(CONFIG_NET) += drivers/nic/nic.idl
