# SPDX-License-Identifier: BSD-2-Clause
idl-y += drivers/uart/uart.idl
