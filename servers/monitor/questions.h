/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client wants to know of another core: its monitor is asked. */
#ifndef MONITOR_QUESTIONS_H
#define MONITOR_QUESTIONS_H

#include <messaging/server.h>

enum question {
    QUESTION_MEMORY,
    QUESTION_KERNEL_INFO,
    QUESTION_BLOCK,
    QUESTION_ACCOUNT,
    QUESTION_ACCOUNTS,
    QUESTION_CHANNELS
};

void questions_start(void);
/* A handler's: the call is answered when that core has. `argument`: of the question. */
err_t question_ask(struct call *call, coreid_t core, enum question question, uint64_t argument);

#endif
