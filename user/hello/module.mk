# SPDX-License-Identifier: BSD-2-Clause
program-y += hello
hello-y := user/hello/main.o
