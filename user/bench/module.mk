# SPDX-License-Identifier: BSD-2-Clause
#
# Benchmarks need the counters that CONFIG_BENCH opens.
program-$(CONFIG_BENCH) += bench bench_nothing
bench-y := $(addprefix user/bench/,main.o syscalls.o caps.o mapping.o corner.o revoke.o faults.o processes.o lmp.o rpc.o ump.o slots.o \
    system.o raw.o regions.o ram.o series.o caps_series.o fs.o names.o cores.o wall.o cost.o restart.o) user/bench/$(if $(CONFIG_NET_TCP),net,net_none).o \
    user/bench/$(if $(CONFIG_NET),restart_net,restart_net_none).o
bench_nothing-y := user/bench/nothing.o
idl-$(CONFIG_BENCH) += user/bench/bench.idl
service-$(CONFIG_BENCH_IRQ) += bench_irq
bench_irq-y := user/bench/irq.o user/bench/irq_entry.o
