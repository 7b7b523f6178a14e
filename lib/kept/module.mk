# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/kept/kept.o
