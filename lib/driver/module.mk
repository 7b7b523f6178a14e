# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/driver/device_parse.o lib/driver/device.o lib/driver/irq_pace.o lib/driver/interrupt.o lib/driver/uart_server.o

hosttest-y += driver_device_test
driver_device_test-y := lib/driver/device_test.c lib/driver/device_parse.c lib/driver/irq_pace.c
