# SPDX-License-Identifier: BSD-2-Clause
program-y += threads
threads-y := user/threads/main.o
