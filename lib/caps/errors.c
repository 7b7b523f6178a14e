/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts of abi/errors.h. */
#include <caps/caps.h>

#define ERROR_TEXT(name, text) text,
static const char *const texts[] = {ERROR_TABLE(ERROR_TEXT)};

#define ERROR_NAME(name, text) #name,
static const char *const names[] = {ERROR_TABLE(ERROR_NAME)};

const char *err_text(err_t error)
{
    return error < ERR_COUNT ? texts[error] : "unknown error";
}

const char *err_name(err_t error)
{
    return error < ERR_COUNT ? names[error] : "ERR_?";
}
