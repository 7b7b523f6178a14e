# SPDX-License-Identifier: BSD-2-Clause
program-y += top
top-y := user/top/main.o user/top/sample.o
