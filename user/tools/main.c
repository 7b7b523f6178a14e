/* SPDX-License-Identifier: BSD-2-Clause */
/* The utilities: one program under many names. */
#include "tools.h"

#include <stddef.h>

static const struct tool tools[] = {
    {"[", tool_test},
    {"args", tool_args},
    {"basename", tool_basename},
    {"cat", tool_cat},
    {"chmod", tool_chmod},
    {"cp", tool_cp},
    {"cut", tool_cut},
    {"date", tool_date},
    {"dirname", tool_dirname},
    {"echo", tool_echo},
    {"env", tool_env},
    {"exitcode", tool_exitcode},
    {"false", tool_false},
    {"grep", tool_grep},
    {"head", tool_head},
    {"hexdump", tool_hexdump},
    {"ls", tool_ls},
    {"mkdir", tool_mkdir},
    {"mv", tool_mv},
    {"oncore", tool_oncore},
    {"printf", tool_printf},
    {"pwd", tool_pwd},
    {"rm", tool_rm},
    {"rmdir", tool_rmdir},
    {"run_memtest", tool_run_memtest},
    {"seq", tool_seq},
    {"sleep", tool_sleep},
    {"sort", tool_sort},
    {"tail", tool_tail},
    {"tee", tool_tee},
    {"test", tool_test},
    {"top", tool_top},
    {"touch", tool_touch},
    {"tr", tool_tr},
    {"true", tool_true},
    {"uniq", tool_uniq},
    {"wakes", tool_wakes},
    {"watch", tool_watch},
    {"wc", tool_wc},
    {"yes", tool_yes},
    {NULL, NULL},
};

int main(int argc, char *argv[])
{
    return cli_run_by_name("tools", tools, argc, argv);
}
