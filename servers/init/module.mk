# SPDX-License-Identifier: BSD-2-Clause
# init and the monitor, one binary that is embedded into the kernel's image.
idl-y += servers/init/init.idl
init-y := servers/init/main.o servers/init/log.o servers/init/boot.o servers/init/keep.o servers/init/inventory.o servers/init/trusted.o \
    servers/init/devices.o servers/init/grants.o servers/init/probe.o servers/init/supervise.o servers/monitor/main.o \
    servers/monitor/questions.o servers/monitor/steps.o servers/monitor/orphans.o servers/monitor/leftovers.o \
    servers/monitor/bells.o servers/monitor/bindings.o servers/monitor/binding_ends.o servers/monitor/binding_caps.o \
    servers/monitor/binding_list.o \
    $(if $(CONFIG_SMP),servers/monitor/cores.o servers/monitor/core_memory.o servers/monitor/link.o servers/monitor/silence.o \
    servers/monitor/names_relay.o servers/monitor/remote_log.o servers/monitor/remote_caps.o servers/monitor/remote_kernel.o \
    servers/monitor/post.o servers/monitor/pieces.o servers/monitor/stock.o \
    $(patsubst %,servers/monitor/caps/%.o,messages directory operations remote arenas step),servers/monitor/one_core.o)

hosttest-y += inventory_test
inventory_test-y := servers/init/inventory_test.c servers/init/inventory.c
