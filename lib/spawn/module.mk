# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/spawn/plan.o lib/spawn/info.o lib/spawn/build.o
