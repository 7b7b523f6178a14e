/* SPDX-License-Identifier: BSD-2-Clause */
/* Invocations of capabilities (SYS_INVOKE), one function each. No state. */
#include <arch/syscall.h>
#include <caps/caps.h>

static err_t invoke(cptr_t cap, unsigned op, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return syscall6(SYS_OP(SYS_INVOKE, op), cap, a0, a1, a2, a3, a4, a5);
}

err_t arena_alloc(cptr_t arena, capref_t dst, paddr_t base, uint64_t bytes)
{
    return invoke(arena, ARENA_ALLOC, dst, base, bytes, 0, 0, 0);
}

err_t vnode_map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                capref_t mapping)
{
    unsigned tries = 0;
    err_t error;
    do
        error = invoke(vnode, VNODE_MAP, frame, offset, entry, count, attributes, mapping);
    while (error && caps_wait(error, &tries));
    return error;
}

err_t vnode_map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t mapping)
{
    return invoke(vnode, VNODE_MAP_TABLE, table, 0, entry, 0, 0, mapping);
}

err_t vnode_map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                    capref_t mapping)
{
    return invoke(vnode, VNODE_MAP_RAM, ram, offset, entry, count, attributes, mapping);
}

err_t vnode_unmap(cptr_t vnode, capref_t mapping)
{
    return invoke(vnode, VNODE_UNMAP, mapping, 0, 0, 0, 0, 0);
}

err_t vnode_split(cptr_t vnode, capref_t mapping, uint64_t first, capref_t dst)
{
    return invoke(vnode, VNODE_SPLIT, mapping, first, 0, 0, 0, dst);
}

err_t vnode_break(cptr_t vnode, capref_t mapping, capref_t table, capref_t dst)
{
    return invoke(vnode, VNODE_BREAK, mapping, table, 0, 0, 0, dst);
}

err_t vnode_protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes)
{
    return invoke(vnode, VNODE_PROTECT, mapping, first, count, 0, attributes, 0);
}

err_t disp_configure(cptr_t dispatcher, capref_t cspace, capref_t vspace, capref_t frame, capref_t supervisor)
{
    return invoke(dispatcher, DISP_CONFIGURE, cspace, vspace, frame, supervisor, 0, 0);
}

err_t disp_resume(cptr_t dispatcher)
{
    return invoke(dispatcher, DISP_RESUME, 0, 0, 0, 0, 0, 0);
}

err_t disp_pause(cptr_t dispatcher)
{
    return invoke(dispatcher, DISP_PAUSE, 0, 0, 0, 0, 0, 0);
}

err_t disp_stop(cptr_t dispatcher, uint64_t code)
{
    return invoke(dispatcher, DISP_STOP, code, 0, 0, 0, 0, 0);
}

err_t disp_priority(cptr_t dispatcher, uint64_t priority)
{
    return invoke(dispatcher, DISP_PRIORITY, priority, 0, 0, 0, 0, 0);
}

err_t disp_ring(cptr_t dispatcher, uint64_t ring, uint64_t offset, uint64_t slots, cptr_t first_receive_slot)
{
    return invoke(dispatcher, DISP_RING, ring, offset, slots, first_receive_slot, 0, 0);
}

err_t disp_read(cptr_t dispatcher, uint64_t what, uint64_t first_register, struct disp_values *values)
{
    uint64_t a[8] = {what, first_register};
    err_t error = syscall_out(SYS_OP(SYS_INVOKE, DISP_READ), dispatcher, a);
    for (int i = 0; !error && i < 4; i++)
        values->v[i] = a[1 + i];
    return error;
}

_Noreturn void disp_exit(uint64_t code)
{
    for (;;)
        invoke(SLOT_DISPATCHER, DISP_EXIT, code, 0, 0, 0, 0, 0);
}

_Noreturn void disp_faulted(uint64_t code)
{
    for (;;)
        invoke(SLOT_DISPATCHER, DISP_FAULTED, code, 0, 0, 0, 0, 0);
}

err_t irq_bind(cptr_t irq, capref_t endpoint)
{
    return invoke(irq, IRQ_BIND, endpoint, 0, 0, 0, 0, 0);
}

err_t irq_ack(cptr_t irq)
{
    return invoke(irq, IRQ_ACK, 0, 0, 0, 0, 0, 0);
}

err_t doorbell_ring(cptr_t bell)
{
    return invoke(bell, DOORBELL_RING, 0, 0, 0, 0, 0, 0);
}

err_t doorbell_bind(cptr_t bell, capref_t endpoint)
{
    return invoke(bell, DOORBELL_BIND, endpoint, 0, 0, 0, 0, 0);
}

err_t kernel_invoke(cptr_t kernel, unsigned op, uint64_t a[7])
{
    uint64_t x[8];
    for (int i = 0; i < 7; i++)
        x[i] = a[i];
    x[7] = 0;
    err_t error = syscall_out(SYS_OP(SYS_INVOKE, op), kernel, x);
    for (int i = 0; i < 5; i++)
        a[i] = x[1 + i];
    return error;
}

void sys_yield(void)
{
    syscall6(SYS_YIELD, 0, 0, 0, 0, 0, 0, 0);
}
