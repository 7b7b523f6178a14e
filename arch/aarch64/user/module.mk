# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += arch/aarch64/user/context.o
