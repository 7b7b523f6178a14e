# SPDX-License-Identifier: BSD-2-Clause
program-y += args true false exitcode sleep cat yes run_memtest
args-y := user/tools/args.o
true-y := user/tools/true.o
false-y := user/tools/false.o
exitcode-y := user/tools/exitcode.o
sleep-y := user/tools/sleep.o
cat-y := user/tools/cat.o
yes-y := user/tools/yes.o
run_memtest-y := user/tools/run_memtest.o
