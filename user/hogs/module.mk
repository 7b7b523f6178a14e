# SPDX-License-Identifier: BSD-2-Clause
# One program under many names: the ramdisk has it once.
program-y += hogs
hogs-y := $(addprefix user/hogs/,main.o leak.o memhog.o spin.o)
ramdisk-file-y += $(foreach n,leak memhog spin,bin/$n:$(O)/bin/hogs)
