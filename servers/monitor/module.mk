# SPDX-License-Identifier: BSD-2-Clause
# The monitor is part of init's binary: servers/init/module.mk lists its objects.
idl-y += servers/monitor/monitor.idl

hosttest-y += orphans_test
orphans_test-y := servers/monitor/orphans_test.c servers/monitor/orphans.c
hosttest-y += names_relay_test
names_relay_test-y := servers/monitor/names_relay_test.c servers/monitor/names_relay.c lib/caps/errors.c
names_relay_test-cflags := -include servers/monitor/one_of_cores_test.h
hosttest-y += questions_test
questions_test-y := servers/monitor/questions_test.c servers/monitor/questions.c
questions_test-cflags := -include servers/monitor/one_of_cores_test.h
hosttest-y += silence_test
silence_test-y := servers/monitor/silence_test.c servers/monitor/silence.c

# The capability protocol, and what proves it (caps/sim). All but caps_test are built for speed.
caps-sources := $(patsubst %,servers/monitor/caps/%.c,messages directory operations remote arenas step)
caps-world := $(caps-sources) $(patsubst %,servers/monitor/caps/sim/%.c,kernel kernel_table world actions cover check)
caps-fast := -O2 -fno-sanitize=all
caps-large := -include servers/monitor/caps/sim/large.h
hosttest-y += caps_test caps_sim caps_mutants caps_search2 caps_search3
caps_test-y := $(caps-world) $(patsubst %,servers/monitor/caps/sim/%.c,sim scenarios lost caps_test)
caps_test-cflags := $(caps-large)
caps_sim-y := $(caps-world) $(patsubst %,servers/monitor/caps/sim/%.c,sim sim_main)
caps_sim-cflags := $(caps-fast) $(caps-large)
caps_mutants-y := $(caps-world) $(patsubst %,servers/monitor/caps/sim/%.c,sim scenarios mutants)
caps_mutants-cflags := $(caps-fast) $(caps-large) -DDCAP_MUTANTS_ON
caps_search2-y := $(caps-world) $(patsubst %,servers/monitor/caps/sim/%.c,choices store search)
caps_search2-cflags := $(caps-fast) -DDCAP_CORES=2 -include servers/monitor/caps/sim/small.h
caps_search3-y := $(caps_search2-y)
caps_search3-cflags := $(caps-fast) -DDCAP_CORES=3 -include servers/monitor/caps/sim/small.h
caps_sim-libs := -fno-sanitize=all
caps_mutants-libs := $(caps_sim-libs)
caps_search2-libs := $(caps_sim-libs)
caps_search3-libs := $(caps_sim-libs)
hostscript-y += caps_spin
caps_spin-script := servers/monitor/caps/sim/spin.py
caps_spin-needs := caps_search2 caps_search3
