/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why there is no more memory, for people: mem's accounts tell whose limit is the nearer one.
 */
#include <abi/spawn_info.h>
#include <cli/cli.h>
#include <cores/cores.h>
#include <idl/mem.h>
#include <stdio.h>

#define IN_MIB(bytes) ((unsigned long long)((bytes) / MIB))

void cli_no_memory(void)
{
    struct mem_account account;
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    unsigned core = (unsigned)(pid >> 32), number = (unsigned)pid;
    if (mem_info(mem_default(), 0, &account) != ERR_OK) {
        fprintf(stderr, "mem: out of memory, and mem does not answer\n");
    } else if (account.quota < account.used + cores_memory_free()) {
        fprintf(stderr, "mem: process %u.%u is out of its quota (%llu MiB, of which %llu are used); see 'free -p %u.%u'\n",
                core, number, IN_MIB(account.quota), IN_MIB(account.used), core, number);
    } else {
        fprintf(stderr, "mem: the machine is out of memory (the last %d MiB are for services); see 'free -a'\n",
                CONFIG_MEM_KEPT_MIB);
    }
}
