# SPDX-License-Identifier: BSD-2-Clause
lib-noFP-y += lib/runtime/start.o
