# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/cores/cores.o
