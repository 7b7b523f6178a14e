# SPDX-License-Identifier: BSD-2-Clause
# The CPU driver: what knows the processor and its neighbours.

kernel-y += $(patsubst %,arch/aarch64/kernel/%.o,console console_imx console_pl011 cpu entry fault fp fp_regs gic mmu \
    psci start switch timer vectors)
kernel-y += arch/aarch64/kernel/$(if $(CONFIG_BENCH),pmu,pmu_none).o

# Padding between functions and loops costs space and, where it is executed, instructions.
kernel-cflags := -falign-functions=4 -falign-jumps=1 -falign-loops=1
# What runs once, or only when something has gone wrong, is built for size.
kernel-cold := $(patsubst %,arch/aarch64/kernel/%.o,console cpu fault gic mmu psci timer) \
    $(patsubst %,kernel/%.o,boot choices dispatcher init_process irq kernel_invoke log machine ranges sched zombie)
$(foreach o,$(kernel-cold),$(eval CFLAGS_$o += -Os))
