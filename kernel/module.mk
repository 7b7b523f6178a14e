# SPDX-License-Identifier: BSD-2-Clause
# The CPU driver, free of architecture.

# Capabilities.
capability-objects := mdb mdb_tree shared cap cspace block zombie holders retype revoke vnode object capops
kernel-y += $(patsubst %,kernel/%.o,$(capability-objects))
kernel-$(CONFIG_KERNEL_ASSERTS) += kernel/mdb_check.o

hosttest-y += mdb_test shared_test
mdb_test-y := kernel/mdb_test.c kernel/mdb.c kernel/mdb_tree.c kernel/mdb_check.c
cap-under-test := $(patsubst %,kernel/%.c,$(capability-objects) shared_invoke mdb_check) kernel/test/machine.c
cap-tests := cap_test retype_test vnode_test zombie_test holders_test
hosttest-y += $(cap-tests)
$(foreach t,$(cap-tests),$(eval $t-y := kernel/$t.c kernel/test/caps.c $$(cap-under-test)))
$(foreach t,$(cap-tests),$(eval $t-cflags := -include kernel/test/arch_host.h))
shared_test-y := kernel/shared_test.c $(cap-under-test)
shared_test-cflags := -include kernel/test/arch_host.h
fuzz-y += cap_fuzz
cap_fuzz-y := kernel/cap_fuzz.c $(cap-under-test)
cap_fuzz-cflags := $(cap_test-cflags)

kernel-y += kernel/$(if $(CONFIG_WAKE_LOG),wakes,wakes_none).o

# Other cores.
kernel-y += $(if $(CONFIG_SMP),kernel/peers.o kernel/coreboot.o kernel/shared_invoke.o,kernel/one_core.o)

# Booting, dispatchers, scheduling, messages, interrupts, system calls.
kernel-y += $(patsubst %,kernel/%.o,boot choices dispatcher doorbell heap init_process irq kernel_invoke leave lmp lmp_fast log machine \
    ranges sched signal string syscall upcall)
# What stands in one table takes the same parameters, needed or not.
CFLAGS_kernel/capops.o += -Wno-unused-parameter
# The compiler itself calls these: they must be there before it is done.
CFLAGS_kernel/string.o += -fno-tree-loop-distribute-patterns -fno-lto

hosttest-y += heap_test log_test machine_test sched_test
heap_test-y := kernel/heap_test.c kernel/heap.c
log_test-y := kernel/log_test.c kernel/log.c
sched_test-y := kernel/sched_test.c kernel/sched.c kernel/heap.c
sched_test-cflags := -Dsched_yield=kernel_sched_yield # the C library has one, too
machine-under-test := kernel/test/tree.c kernel/machine.c kernel/ranges.c arch/aarch64/kernel/console.c
machine_test-y := kernel/machine_test.c $(machine-under-test)
fuzz-y += machine_fuzz
machine_fuzz-y := kernel/machine_fuzz.c $(machine-under-test)
