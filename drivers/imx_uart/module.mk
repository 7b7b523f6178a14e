# SPDX-License-Identifier: BSD-2-Clause
ifeq ($(CONFIG_IMX_UART),y)
service-y += imx_uart
imx_uart-y := drivers/imx_uart/main.o
endif
