/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing struct spawn_info out of the plan. */
#include "plan.h"
#include <string.h>

static void name_copy(char *to, const char *from, size_t bytes)
{
    size_t length = from ? strnlen(from, bytes - 1) : 0;
    memcpy(to, from ? from : "", length);
    to[length] = 0;
}

/* Text to offset `at`, and for each string its offset to the table at `table`. Where the next text may begin. */
static uint32_t strings_fill(struct spawn_info *info, const struct spawn_strings *strings, uint32_t table, uint32_t at)
{
    uint32_t *offsets = (uint32_t *)((char *)info + table);
    if (strings->bytes) memcpy((char *)info + at, strings->text, strings->bytes);
    uint32_t start = 0;
    for (uint32_t i = 0; i < strings->count; i++) {
        offsets[i] = at + start;
        start += strlen(strings->text + start) + 1;
    }
    return at + strings->bytes;
}

static void image_fill(const struct elf_image *image, struct spawn_info *info)
{
    info->entry = image->entry;
    info->tls_image = image->tls_va;
    info->tls_file_bytes = image->tls_file_bytes;
    info->tls_bytes = image->tls_bytes;
    info->tls_align = image->tls_align;
}

static void space_fill(const struct plan *plan, struct spawn_info *info)
{
    info->region_count = plan->region_count;
    memcpy(info->region, plan->region, plan->region_count * sizeof plan->region[0]);
    info->vnode_count = plan->table_count;
    for (uint32_t i = 0; i < plan->table_count; i++) {
        const struct plan_table *table = &plan->table[i];
        info->vnode[i] = (struct spawn_vnode){table->va, table->slot, table->mapping, table->level, 0};
    }
    for (uint32_t i = 0; i < plan->mapping_count; i++) {
        const struct plan_mapping *mapping = &plan->mapping[i];
        if (!mapping->lazy) continue;
        uint32_t number = mapping->number;
        for (vaddr_t va = mapping->va; va < mapping->va + mapping->bytes; va += plan_part(mapping, va), number++) {
            info->mapping[info->mapping_count++] =
                (struct spawn_mapping){va, plan_part(mapping, va) / PAGE_SIZE, plan_slot(number)};
        }
    }
}

void info_fill(const struct spawn_request *request, const struct plan *plan, struct spawn_info *info)
{
    info->magic = SPAWN_INFO_MAGIC;
    info->flags = request->flags;
    info->pid = request->pid;
    info->core = request->pid >> 32;
    info->l1_slots = plan->l1_slots;
    info->l2cnodes = plan->l2cnodes;
    info->spawn_end = plan->spawn_end;
    info->ram_bytes = plan->bytes;
    info->ram_used = plan->used;
    name_copy(info->name, request->name, sizeof info->name);
    info->passed_count = request->passed_count;
    for (uint32_t i = 0; i < request->passed_count; i++) {
        name_copy(info->passed[i], request->passed_names ? request->passed_names[i] : 0, sizeof info->passed[i]);
    }
    image_fill(request->image, info);
    space_fill(plan, info);
    info->argc = request->args.count;
    info->argv = sizeof *info;
    info->envc = request->env.count;
    info->envp = info->argv + info->argc * sizeof(uint32_t);
    uint32_t end = strings_fill(info, &request->args, info->argv, plan->strings);
    info->bytes = strings_fill(info, &request->env, info->envp, end);
}
