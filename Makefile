# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The one entry point of the build: `make help` lists what it can do. This file owns the rules; what is
# built is listed by the module.mk of each folder (scripts/README.md explains the words they use). No
# recursion: one make sees everything, so -j and a second make behave.

O ?= build
override O := $(patsubst %/,%,$(O))
PY := /usr/bin/python3

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

ifeq ($(V),1)
  say = @:
  Q :=
else
  say = @printf '  %-7s %s\n' $(1) '$(2)'
  Q := @
endif

export srctree := .
export KCONFIG_CONFIG := $(O)/.config
export PYTHONDONTWRITEBYTECODE := 1
export O

# Goals --------------------------------------------------------------------------------------------

goals := $(or $(MAKECMDGOALS),all)
config-goals := menuconfig olddefconfig savedefconfig allnoconfig allyesconfig randconfig \
    defconfig %_defconfig %.config
# Goals that need neither a configuration nor tools.
bare-goals := help doctor deps clean mrproper
# Goals that install what is missing before they start, and the group of tools each needs.
install-goals := run test hosttest bench map soak matrix gdb check tags

PHONY := all FORCE $(filter-out %\%,$(bare-goals)) $(install-goals) size format console lib docs compile_commands.json image kernel
all:

ifneq ($(filter $(config-goals),$(goals)),)
ifneq ($(words $(goals)),1)
  one-by-one := 1
endif
endif
ifneq ($(filter clean mrproper,$(goals)),)
ifneq ($(words $(goals)),1)
  one-by-one := 1
endif
endif

ifdef one-by-one
# `make qemu_virt_defconfig all`: each goal sees the configuration that the one before it left.
$(firstword $(goals)):
	@set -e; for goal in $(goals); do $(MAKE) $$goal; done
$(wordlist 2,99,$(goals)): $(firstword $(goals)) ; @:

else

ifeq ($(filter-out $(bare-goals),$(goals)),)
  need :=
else ifeq ($(filter-out $(config-goals) $(bare-goals),$(goals)),)
  need := tools
else
  need := tools config
endif

# Tools --------------------------------------------------------------------------------------------

doctor-groups := build
ifneq ($(filter run bench,$(goals)),)
  doctor-groups += run
endif
# A machine that hangs is looked into with gdb.
ifneq ($(filter test hosttest matrix soak,$(goals)),)
  doctor-groups += run test gdb
endif
ifneq ($(filter bench,$(goals)),)
  doctor-groups += test
endif
ifneq ($(filter map,$(goals)),)
  doctor-groups += run map
endif
ifneq ($(filter gdb,$(goals)),)
  doctor-groups += run gdb
endif
ifneq ($(filter check compile_commands.json,$(goals)),)
  doctor-groups += check test
endif
ifneq ($(filter tags,$(goals)),)
  doctor-groups += tags
endif
doctor-mode := $(if $(filter $(install-goals),$(goals)),--install,--check)

ifneq ($(need),)
doctor-result := $(shell scripts/doctor.sh $(doctor-mode) $(sort $(doctor-groups)) >&2 || echo failed)
ifneq ($(doctor-result),)
  $(error tools are missing, see above)
endif
endif

# Configuration ------------------------------------------------------------------------------------

KCONFIG := $(PY) scripts/kconfig.py
kconfig-files := $(wildcard Kconfig arch/*/Kconfig kernel/Kconfig $(foreach d,lib servers drivers user,$d/Kconfig $d/*/Kconfig))

menuconfig: $(O)/.config ; $(Q)$(KCONFIG) menu
defconfig: ; $(Q)$(KCONFIG) defconfig configs/qemu_virt_defconfig
olddefconfig: $(O)/.config ; $(Q)$(KCONFIG) olddefconfig
savedefconfig: $(O)/.config ; $(Q)$(KCONFIG) savedefconfig $(O)/defconfig
allnoconfig: ; $(Q)$(KCONFIG) all n
allyesconfig: ; $(Q)$(KCONFIG) all y
randconfig: ; $(Q)$(KCONFIG) random $(SEED)
%_defconfig: FORCE
	@test -f configs/$@ || { echo "capelin: no configs/$@; there are: $(notdir $(wildcard configs/*_defconfig))" >&2; false; }
	$(Q)$(KCONFIG) defconfig configs/$@
%.config: $(O)/.config FORCE
	@test -f configs/$@ || { echo "capelin: no configs/$@; there are: $(patsubst configs/%,%,$(wildcard configs/*.config))" >&2; false; }
	$(Q)$(KCONFIG) merge configs/$@

$(O)/.config:
	@echo 'capelin: no configuration yet, using qemu_virt_defconfig (change it with: make menuconfig)'
	$(Q)$(KCONFIG) defconfig configs/qemu_virt_defconfig
Makefile $(kconfig-files) $(wildcard module.mk): ;

ifneq ($(filter config,$(need)),)

gen := $(O)/gen
$(gen)/config.mk: $(O)/.config $(kconfig-files) scripts/kconfig.py
	$(Q)$(KCONFIG) sync $(gen)
include $(gen)/config.mk

unquote = $(patsubst "%",%,$(1))

# lwIP: a program lists what it needs of it as third_party/lwip/src/NAME.o.
LWIP := $(O)/third_party/lwip
lwip-c := def dns inet_chksum init ip mem memp netif pbuf raw stats sys tcp tcp_in tcp_out timeouts udp \
    dhcp etharp icmp ip4 ip4_addr ip4_frag ethernet

# What to build: the folders' fragments -----------------------------------------------------------

fragments := $(wildcard arch/*/module.mk arch/*/*/module.mk kernel/module.mk lib/*/module.mk \
    servers/*/module.mk drivers/*/module.mk user/*/module.mk user/*/*/module.mk)
lists := kernel-y lib-y lib-noFP-y program-y service-y test-program-y idl-y hosttest-y hostscript-y fuzz-y ramdisk-file-y
$(foreach l,$(lists),$(eval $l :=))
include $(fragments)
.DEFAULT_GOAL := all
$(fragments): ;

ARCH := aarch64
programs := $(program-y)
services := $(service-y)
tests := $(if $(CONFIG_TESTS),$(test-program-y))
all-programs := init $(services) $(programs) $(tests)
duplicates := $(strip $(foreach p,$(sort $(all-programs)),$(if $(filter-out 1,$(words $(filter $p,$(all-programs)))),$p)))
$(if $(duplicates),$(error these programs are declared twice: $(duplicates)))

# Tools and flags -----------------------------------------------------------------------------------

CROSS := $(call unquote,$(CONFIG_CROSS_COMPILE))
CC := $(CROSS)gcc
AR := $(CROSS)gcc-ar
OBJCOPY := $(CROSS)objcopy
SIZE := $(CROSS)size
HOSTCC := cc
GCC_INCLUDE := $(if $(CROSS),$(shell $(CC) -print-file-name=include))
PICOLIBC := /usr/lib/picolibc/aarch64-linux-gnu
LIBFDT := $(O)/third_party/libfdt

opt := $(if $(CONFIG_OPTIMISE_SIZE),-Os,$(if $(CONFIG_OPTIMISE_DEBUG),-Og,-O2))
warnings := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
    $(if $(CONFIG_WERROR),-Werror)
common-flags := -std=gnu17 $(opt) $(if $(CONFIG_DEBUG_INFO),-g) -fno-common -fno-pic -fno-pie -mcmodel=small \
    -ffunction-sections -fdata-sections -fno-stack-protector -fno-omit-frame-pointer -fno-strict-aliasing \
    -fno-asynchronous-unwind-tables -fno-unwind-tables -mno-outline-atomics -mbranch-protection=none \
    -ffile-prefix-map=$(abspath .)/= -ffile-prefix-map=$(O)/=
force-config := -include $(gen)/include/autoconf.h

kernel-includes := -Ilib/abi/include -Ikernel/include -Iarch/$(ARCH)/kernel/include -I$(gen)/include
kernel-flags := $(common-flags) $(warnings) -ffreestanding -mgeneral-regs-only -mstrict-align \
    -nostdinc -isystem $(GCC_INCLUDE) $(kernel-includes) -isystem $(LIBFDT)/kernel/include $(force-config)

user-includes := $(patsubst %,-I%,$(sort $(wildcard lib/*/include)) arch/$(ARCH)/user/include $(gen)/include)
user-flags := $(common-flags) $(warnings) -ftls-model=local-exec -nostdinc -isystem $(PICOLIBC)/include \
    -isystem $(GCC_INCLUDE) $(user-includes) -isystem $(LIBFDT)/user/include $(force-config)
user-ldflags := -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
    -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--wrap=strerror -L$(PICOLIBC)/lib

host-flags := -std=gnu17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DHOST_TEST=1 -Wall -Wextra \
    -Wno-unused-parameter $(kernel-includes) $(filter-out -Ilib/abi/include -I$(gen)/include \
    -Iarch/$(ARCH)/user/include,$(user-includes)) -isystem $(LIBFDT)/host/include $(force-config)

# Run a command if a prerequisite is newer or the command itself has changed ------------------------

dot = $(@D)/.$(@F)
empty :=
space := $(empty) $(empty)
squote := '
hash := \#
escape-sq = $(subst $(squote),'\$(squote)',$(1))
make-text = $(call escape-sq,$(subst $(hash),$$(hash),$(subst $$,$$$$,$(1))))
same-words = $(subst $(space),^,$(strip $(1)))
newer = $(filter-out FORCE,$?)
changed = $(if $(newer)$(filter-out $(call same-words,$(savedcmd_$@)),$(call same-words,$(cmd_$(1)))),1,$(if $(wildcard $@),,1))

# if-changed NAME,LABEL,TEXT: cmd_NAME made $@; its dependencies are its prerequisites.
if-changed = $(if $(call changed,$(1)),$(call say,$(2),$(or $(3),$(patsubst $(O)/%,%,$@)))$(newline)\
	$(Q)mkdir -p $(@D)$(newline)\
	$(Q)$(cmd_$(1))$(newline)\
	@printf '%s\n' 'savedcmd_$@ := $(call make-text,$(strip $(cmd_$(1))))' > $(dot).cmd,@:)
# if-changed-dep: the same for a compiler that writes its dependencies to $(dot).d.
if-changed-dep = $(if $(call changed,$(1)),$(call say,$(2),$(or $(3),$(filter-out FORCE,$<)))$(newline)\
	$(Q)mkdir -p $(@D)$(newline)\
	$(Q)$(cmd_$(1))$(newline)\
	@$(PY) -SE scripts/fixdep.py $(dot).d $@ $(gen) '$(call make-text,$(strip $(cmd_$(1))))' > $(dot).cmd && rm -f $(dot).d,@:)
define newline


endef

FORCE:

# Third party: libfdt, from Debian's source package --------------------------------------------------

libfdt-c := fdt fdt_ro fdt_rw fdt_wip fdt_sw fdt_strerror fdt_empty_tree fdt_addresses fdt_check
libfdt-src := $(addprefix $(LIBFDT)/src/,$(addsuffix .c,$(libfdt-c)))
libfdt-ready := $(LIBFDT)/.ready

$(libfdt-ready): scripts/third_party/fetch.py scripts/third_party/libfdt_env.h scripts/third_party/versions
	$(call say,FETCH,libfdt)
	$(Q)$(PY) scripts/third_party/fetch.py libfdt $(O)/third_party
	@touch $@
$(libfdt-src): $(libfdt-ready) ;

libfdt-objs = $(patsubst %,$(O)/obj/$(1)/libfdt/%.o,$(libfdt-c))
third-party-quiet := -w
cmd_cc-libfdt-kernel = $(CC) $(kernel-flags) $(third-party-quiet) -c -MD -MF $(dot).d -o $@ $<
cmd_cc-libfdt-user = $(CC) $(user-flags) $(third-party-quiet) -c -MD -MF $(dot).d -o $@ $<
cmd_cc-libfdt-host = $(HOSTCC) -g -O1 $(third-party-quiet) -I$(LIBFDT)/host/include -c -MD -MF $(dot).d -o $@ $<
define libfdt-rule
$(O)/obj/$(1)/libfdt/%.o: $(LIBFDT)/src/%.c FORCE
	$$(call if-changed-dep,cc-libfdt-$(1),CC,libfdt/$$*.c ($(1)))
$(LIBFDT)/$(1)/libfdt.a: $(call libfdt-objs,$(1)) FORCE
	$$(call if-changed,$(if $(filter host,$(1)),hostar,ar),AR)
objects += $(call libfdt-objs,$(1)) $(LIBFDT)/$(1)/libfdt.a
endef
cmd_ar = rm -f $@ && $(AR) rcsD $@ $(filter-out FORCE,$^)
cmd_hostar = rm -f $@ && ar rcsD $@ $(filter-out FORCE,$^)
$(foreach f,kernel user host,$(eval $(call libfdt-rule,$f)))

# lwIP, from Debian's source package
lwip-ready := $(if $(CONFIG_NET),$(LWIP)/.ready)
$(LWIP)/.ready: scripts/third_party/fetch.py scripts/third_party/versions
	$(call say,FETCH,lwip)
	$(Q)$(PY) scripts/third_party/fetch.py lwip $(O)/third_party
	@touch $@
$(patsubst %,$(LWIP)/src/%.c,$(lwip-c)): $(lwip-ready) ;

# Generated sources ----------------------------------------------------------------------------------

gen-headers := $(libfdt-ready) $(lwip-ready) $(gen)/config.mk

ifneq ($(wildcard lib/abi/caps.def),)
gen-headers += $(gen)/include/abi/captypes.h
$(gen)/include/abi/captypes.h: lib/abi/caps.def scripts/captable.py
	$(call say,GEN,abi/captypes.h)
	@mkdir -p $(@D) $(gen)/doc
	$(Q)$(PY) scripts/captable.py --header $@ --doc $(gen)/doc/captypes.md $<
endif

# IDL: NAME.idl gives idl/NAME.h and two objects in the user library.
define idl-rule
$(gen)/include/idl/$(2).h: $(1) $(wildcard scripts/idl*.py)
	$$(call say,IDL,$(1))
	@mkdir -p $(gen)/include/idl $(gen)/idl $(gen)/doc/idl
	$(Q)$(PY) scripts/idl.py --header $$@ --client $(gen)/idl/$(2)_client.c \
	    --server $(gen)/idl/$(2)_server.c --doc $(gen)/doc/idl/$(2).md $(1)
$(gen)/idl/$(2)_client.c $(gen)/idl/$(2)_server.c: $(gen)/include/idl/$(2).h ;
gen-headers += $(gen)/include/idl/$(2).h
idl-objs += $(O)/obj/user/gen/idl/$(2)_client.o $(O)/obj/user/gen/idl/$(2)_server.o
endef
idl-objs :=
$(foreach i,$(idl-y),$(eval $(call idl-rule,$i,$(basename $(notdir $i)))))

# Reference pages: system calls and errors; those of types and interfaces are by-products of their headers.
$(gen)/doc/README.md: lib/abi/include/abi/syscall.h lib/abi/include/abi/errors.h scripts/refdoc.py | $(gen-headers)
	$(call say,GEN,doc)
	$(Q)$(PY) scripts/refdoc.py --abi lib/abi/include/abi --out $(@D)
docs: $(gen)/doc/README.md
all: $(gen)/doc/README.md

# The user library -----------------------------------------------------------------------------------

lib-objs := $(addprefix $(O)/obj/user/,$(sort $(lib-y) $(lib-noFP-y))) $(idl-objs)
noFP-objs := $(addprefix $(O)/obj/user/,$(lib-noFP-y))
ifneq ($(noFP-objs)$(idl-objs),)
$(noFP-objs) $(idl-objs): private mode-flags := -mgeneral-regs-only
endif
objects += $(lib-objs)

cmd_cc-user = $(CC) $(user-flags) $(mode-flags) $(CFLAGS_$*.o) -c -MD -MF $(dot).d -o $@ $<
cmd_as-user = $(CC) $(user-flags) -D__ASSEMBLER__ $(CFLAGS_$*.o) -c -MD -MF $(dot).d -o $@ $<
$(O)/obj/user/%.o: %.c FORCE | $(gen-headers)
	$(call if-changed-dep,cc-user,CC)
$(O)/obj/user/%.o: %.S FORCE | $(gen-headers)
	$(call if-changed-dep,as-user,AS)
$(O)/obj/user/gen/%.o: $(gen)/%.c FORCE | $(gen-headers)
	$(call if-changed-dep,cc-user,CC,gen/$*.c)

$(O)/lib/libcapelin.a: $(lib-objs) FORCE
	$(call if-changed,ar,AR)

# Programs ---------------------------------------------------------------------------------------------

crt0 := $(O)/obj/user/arch/$(ARCH)/user/crt0.o
objects += $(crt0) $(O)/user.ld $(O)/lib/libcapelin.a
user-lds := $(firstword $(wildcard arch/$(ARCH)/user/user.lds.S arch/$(ARCH)/user/user.ld))
cmd_lds-user = $(CC) $(user-includes) $(force-config) -E -P -x assembler-with-cpp -D__ASSEMBLER__ -D__LINKER__ \
    -MD -MF $(dot).d -MT $@ -o $@ $<
$(O)/user.ld: $(user-lds) FORCE | $(gen-headers)
	$(call if-changed-dep,lds-user,LDS)

user-libs := $(O)/lib/libcapelin.a $(LIBFDT)/user/libfdt.a
cmd_ld-user = $(CC) $(user-ldflags) -T $(O)/user.ld -Wl,-Map=$@.map -o $@ \
    $(filter-out FORCE %.a %.ld,$^) -Wl,--start-group $(user-libs) -lc -lm -lgcc -Wl,--end-group
# The symbols that remain name functions in reports of faults; the assembler's marks ($$x, $$d) are of no use for that.
cmd_strip = $(OBJCOPY) --strip-debug --wildcard --strip-symbol='$$*' --remove-section=.comment --remove-section=.note* $< $@

# program-rule NAME,FOLDER: objects of its own in obj/prog/NAME, $(O)/debug/NAME whole, $(O)/FOLDER/NAME stripped.
define program-rule
$(1)-objs := $(patsubst %,$(O)/obj/prog/$(1)/%,$($(1)-y))
cmd_cc-prog-$(1) = $$(CC) $$(user-flags) $$($(1)-cflags) $$(CFLAGS_$$*.o) -c -MD -MF $$(dot).d -o $$@ $$<
$(O)/obj/prog/$(1)/%.o: %.c FORCE | $(gen-headers)
	$$(call if-changed-dep,cc-prog-$(1),CC)
$(O)/obj/prog/$(1)/%.o: %.S FORCE | $(gen-headers)
	$$(call if-changed-dep,cc-prog-$(1),AS)
cmd_cc-third-$(1) = $$(CC) $$(user-flags) $$($(1)-cflags) $(third-party-quiet) -c -MD -MF $$(dot).d -o $$@ $$<
$(O)/obj/prog/$(1)/third_party/%.o: $(O)/third_party/%.c FORCE | $(gen-headers)
	$$(call if-changed-dep,cc-third-$(1),CC,$$*.c)
$(O)/debug/$(1): $(crt0) $$($(1)-objs) $(user-libs) $(O)/user.ld FORCE
	$$(call if-changed,ld-user,LD,$(1))
$(O)/$(2)/$(1): $(O)/debug/$(1) FORCE
	$$(call if-changed,strip,STRIP)
objects += $$($(1)-objs) $(O)/debug/$(1) $(O)/$(2)/$(1)
endef

$(foreach p,$(programs),$(eval $(call program-rule,$p,bin)))
$(foreach p,$(services) init,$(eval $(call program-rule,$p,sbin)))
$(foreach p,$(tests),$(eval $(call program-rule,$p,test)))

# The ramdisk ------------------------------------------------------------------------------------------

ramdisk-entries := $(foreach p,$(services),sbin/$p:$(O)/sbin/$p) $(foreach p,$(programs),bin/$p:$(O)/bin/$p) \
    $(foreach p,$(tests),test/$p:$(O)/test/$p) \
    etc/inventory:$(O)/inventory $(ramdisk-file-y)
ramdisk-sources := $(foreach e,$(ramdisk-entries),$(lastword $(subst :, ,$e)))
# The inventory without the services that this configuration does not have.
inventory-without := $(if $(CONFIG_NET),,net)
cmd_inventory = sed -e '' $(foreach s,$(inventory-without),-e '/^service  *$s /d') $< > $@
$(O)/inventory: configs/inventory FORCE
	$(call if-changed,inventory,GEN)
objects += $(O)/inventory
cmd_ramdisk = $(PY) scripts/mkcpio.py $@ $(ramdisk-entries)
$(O)/ramdisk.cpio: $(ramdisk-sources) scripts/mkcpio.py FORCE
	$(call if-changed,ramdisk,CPIO)
objects += $(O)/ramdisk.cpio

# The kernel: the CPU driver with init inside ------------------------------------------------------------

kernel-objs := $(addprefix $(O)/obj/kernel/,$(sort $(kernel-y))) $(O)/obj/kernel/gen/init_image.o
objects += $(kernel-objs) $(O)/kernel.ld $(O)/debug/kernel.elf $(O)/Image $(gen)/init_image.S
cmd_cc-kernel = $(CC) $(kernel-flags) $(kernel-cflags) $(CFLAGS_$*.o) -c -MD -MF $(dot).d -o $@ $<
cmd_as-kernel = $(CC) $(kernel-flags) -D__ASSEMBLER__ $(CFLAGS_$*.o) -c -MD -MF $(dot).d -o $@ $<
$(O)/obj/kernel/%.o: %.c FORCE | $(gen-headers)
	$(call if-changed-dep,cc-kernel,CC)
$(O)/obj/kernel/%.o: %.S FORCE | $(gen-headers)
	$(call if-changed-dep,as-kernel,AS)
$(O)/obj/kernel/gen/%.o: $(gen)/%.S $(O)/sbin/init FORCE | $(gen-headers)
	$(call if-changed-dep,as-kernel,AS,gen/$*.S)

cmd_init-image = $(PY) scripts/init_image.py $< $@
$(gen)/init_image.S: $(O)/sbin/init scripts/init_image.py FORCE
	$(call if-changed,init-image,GEN)

cmd_lds-kernel = $(CC) $(kernel-includes) $(force-config) -E -P -x assembler-with-cpp -D__ASSEMBLER__ -D__LINKER__ \
    -MD -MF $(dot).d -MT $@ -o $@ $<
$(O)/kernel.ld: arch/$(ARCH)/kernel/kernel.lds.S FORCE | $(gen-headers)
	$(call if-changed-dep,lds-kernel,LDS)
cmd_ld-kernel = $(CC) $(kernel-flags) $(kernel-cflags) $(kernel-ldflags) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack \
    -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -T $(O)/kernel.ld -Wl,-Map=$@.map -o $@ \
    $(kernel-objs) $(LIBFDT)/kernel/libfdt.a -lgcc
$(O)/debug/kernel.elf: $(kernel-objs) $(O)/kernel.ld $(LIBFDT)/kernel/libfdt.a FORCE
	$(call if-changed,ld-kernel,LD,kernel.elf)
cmd_image = $(OBJCOPY) -O binary $< $@
$(O)/Image: $(O)/debug/kernel.elf FORCE
	$(call if-changed,image,IMAGE)

# The boot image -------------------------------------------------------------------------------------------

cmd_disk = $(PY) scripts/mkimage.py --kernel $(O)/Image --ramdisk $(O)/ramdisk.cpio --out $(O) \
    --load $(CONFIG_IMAGE_LOAD_ADDRESS) --fit-address $(CONFIG_IMAGE_FIT_ADDRESS)
$(O)/disk.img: $(O)/Image $(O)/ramdisk.cpio scripts/mkimage.py FORCE
	$(call if-changed,disk,DISK)
objects += $(O)/disk.img

# `make kernel/mdb.o`: one object, wherever it belongs.
one-object = $(firstword $(filter %/$(1),$(objects)) $(O)/obj/user/$(1))
$(foreach o,$(filter %.o,$(filter-out $(O)/%,$(goals))),$(eval $o: $(call one-object,$o) ; @:))

lib: $(O)/lib/libcapelin.a
kernel: $(O)/Image
image: $(O)/disk.img
all: image

# Host tests -------------------------------------------------------------------------------------------------

cmd_hostld = $(HOSTCC) -fsanitize=address,undefined -o $@ $(filter-out FORCE,$^) $(hostlibs-$(@F)) -lcmocka -lm -pthread
define host-rule
$(1)-hostobjs := $(patsubst %.c,$(O)/obj/host/$(1)/%.o,$(filter-out gen/%,$($(1)-y))) \
    $(patsubst gen/%.c,$(O)/obj/host/$(1)/gen/%.o,$(filter gen/%,$($(1)-y)))
cmd_hostcc-$(1) = $$(HOSTCC) $$(host-flags) $$($(1)-cflags) -c -MD -MF $$(dot).d -o $$@ $$<
$(O)/obj/host/$(1)/%.o: %.c FORCE | $(gen-headers)
	$$(call if-changed-dep,hostcc-$(1),HOSTCC)
$(O)/obj/host/$(1)/gen/%.o: $(gen)/%.c FORCE | $(gen-headers)
	$$(call if-changed-dep,hostcc-$(1),HOSTCC,gen/$$*.c)
cmd_hostcc-third-$(1) = $$(HOSTCC) $$(host-flags) $$($(1)-cflags) $(third-party-quiet) -c -MD -MF $$(dot).d -o $$@ $$<
$(O)/obj/host/$(1)/third_party/%.o: $(O)/third_party/%.c FORCE | $(gen-headers)
	$$(call if-changed-dep,hostcc-third-$(1),HOSTCC,$$*.c)
hostlibs-$(1) := $($(1)-libs)
$(O)/host/$(1): $$($(1)-hostobjs) $(LIBFDT)/host/libfdt.a FORCE
	$$(call if-changed,hostld,HOSTLD)
objects += $$($(1)-hostobjs) $(O)/host/$(1)
endef
$(foreach t,$(hosttest-y) $(fuzz-y),$(eval $(call host-rule,$t)))
# A host test that is a script: it finds the other host programs beside itself.
cmd_hostscript = install -m 755 $< $@
define hostscript-rule
$(O)/host/$(1): $($(1)-script) $(addprefix $(O)/host/,$($(1)-needs)) FORCE
	$$(call if-changed,hostscript,INSTALL)
objects += $(O)/host/$(1)
endef
$(foreach t,$(hostscript-y),$(eval $(call hostscript-rule,$t)))
host-tests := $(hosttest-y) $(hostscript-y)
host-binaries := $(addprefix $(O)/host/,$(host-tests) $(fuzz-y))

hosttest: $(host-binaries)
	$(Q)$(PY) scripts/hosttest.py --build $(O) --tests "$(host-tests)" --fuzz "$(fuzz-y)" $(if $(ONLY),--only $(ONLY))

# The machine ---------------------------------------------------------------------------------------------------

# SMP, MEM, CPU, GIC, EL, BOOT, BOARD, DTB, NET, VIRTIO, ICOUNT: see `make help`; scripts/qemu.py has the defaults and checks the values.
machine := --build $(O) $(foreach v,SMP MEM CPU GIC EL BOOT BOARD DTB NET VIRTIO,$(if $($v),--$(shell echo $v | tr A-Z a-z) $($v))) \
    $(if $(filter 1,$(ICOUNT)),--icount)
export QEMU_EXTRA NET_PORTS

run: all
	@$(PY) scripts/qemu.py run $(machine)

gdb: all
	@$(PY) scripts/debug.py $(machine)

console:
	@$(PY) scripts/debug.py --build $(O) --console

# `make test ONLY=NAME`: one host test, or the target tests whose name contains NAME.
testing = $(PY) scripts/test.py --build $(O) --tests "$(host-tests)" --fuzz "$(fuzz-y)" $(if $(ONLY),--only $(ONLY))
test: all $(host-binaries)
	$(Q)$(testing)

bench: all
	$(Q)$(PY) scripts/bench.py --build $(O)
	$(Q)$(PY) scripts/plot.py --build $(O)

# `make map DO='sleep 60 &'`: a line for the shell before the picture is made.
map: all
	@$(PY) scripts/map.py $(machine) $(if $(DO),--do '$(call escape-sq,$(DO))')

soak: all $(host-binaries)
	$(Q)$(testing) --suite soak

matrix: all
	$(Q)$(PY) scripts/matrix.py --build $(O) $(if $(filter 1,$(QUICK)),--quick) $(if $(ONLY),--only $(ONLY))

# Looking at the tree -------------------------------------------------------------------------------------------

check: $(O)/compile_commands.json
	$(Q)$(PY) scripts/check.py --build $(O) --objdump $(CROSS)objdump

format:
	$(Q)$(PY) scripts/check.py --format

size: all
	@$(SIZE) $(O)/debug/kernel.elf $(patsubst %,$(O)/debug/%,$(all-programs))
	@echo; $(PY) scripts/size.py --nm $(CROSS)nm $(O)/debug/kernel.elf

compile_commands.json: $(O)/compile_commands.json
$(O)/compile_commands.json: $(O)/disk.img $(host-binaries) scripts/compdb.py
	$(call say,GEN,compile_commands.json)
	$(Q)$(PY) scripts/compdb.py $(O) > $@.tmp
	@mv $@.tmp $@

tags:
	$(call say,TAGS,tags)
	$(Q)ctags -R --languages=C,Asm,Python,Make -f $(O)/tags \
	    $(wildcard Makefile arch kernel lib servers drivers user scripts)

# What earlier builds have recorded -------------------------------------------------------------------------------

-include $(foreach t,$(sort $(objects)),$(wildcard $(dir $t).$(notdir $t).cmd))

endif # need config

# Goals without configuration -----------------------------------------------------------------------------------

clean:
	$(call say,CLEAN,$(O))
	$(Q)rm -rf $(addprefix $(O)/,obj gen lib bin sbin test debug host matrix bench Image inventory ramdisk.cpio capelin.itb capelin.its \
	    disk.img env.img env.txt map.dot map.svg kernel.ld user.ld compile_commands.json tags) $(O)/.*.cmd $(O)/.*.d
mrproper:
	$(call say,CLEAN,$(O) (configuration and downloads too))
	$(Q)test ! -e $(O) || test -e $(O)/.config || test -e $(O)/gen || { echo "capelin: $(O) does not look like a build folder" >&2; false; }
	$(Q)rm -rf $(if $(filter . / .. ~,$(O)),$(error O=$(O)),$(O))
doctor:
	@scripts/doctor.sh --list
deps:
	@scripts/doctor.sh --install all
help:
	@cat scripts/help.txt

endif # one-by-one

.PHONY: $(PHONY)
