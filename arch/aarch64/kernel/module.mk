# SPDX-License-Identifier: BSD-2-Clause
# The CPU driver: what knows the processor and its neighbours.

kernel-y += $(patsubst %,arch/aarch64/kernel/%.o,console console_imx console_pl011 cpu entry fault fp fp_regs gic mmu \
    psci start timer vectors)
kernel-y += arch/aarch64/kernel/$(if $(CONFIG_BENCH),pmu,pmu_none).o
