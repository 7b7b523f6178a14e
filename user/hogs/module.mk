# SPDX-License-Identifier: BSD-2-Clause
program-y += spin memhog leak
spin-y := user/hogs/spin.o
memhog-y := user/hogs/memhog.o
leak-y := user/hogs/leak.o
