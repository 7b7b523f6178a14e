# SPDX-License-Identifier: BSD-2-Clause
# The CPU driver: what knows the processor and its neighbours.

kernel-y += $(patsubst %,arch/aarch64/kernel/%.o,console console_imx console_pl011 cpu entry fault fp gic mmu \
    psci start switch timer vectors)
kernel-y += arch/aarch64/kernel/$(if $(CONFIG_BENCH),pmu,pmu_none).o

# Padding between functions and loops costs space and, where it is executed, instructions. All of the image lies within the
# 1 MiB that one instruction reaches (kernel.lds.S sees to it). Frames do not link to each other (see fault.c).
kernel-cflags := -falign-functions=4 -falign-jumps=1 -falign-loops=1 -mcmodel=tiny -fomit-frame-pointer
# Built for size, and optimised as one program when it is linked; what must be fast says so itself (kernel/compiler.h).
ifneq ($(CONFIG_OPTIMISE_DEBUG),y)
kernel-cflags += -Os -flto -fno-partial-inlining -fno-shrink-wrap -fno-move-loop-invariants
kernel-ldflags := -flto-partition=one
endif
# An ADRP that this erratum concerns becomes an ADR, without 4 KiB of room for detours.
kernel-ldflags += -Wl,--fix-cortex-a53-843419=adr
