# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += arch/aarch64/user/context.o arch/aarch64/user/guarded.o
