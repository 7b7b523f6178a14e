# SPDX-License-Identifier: BSD-2-Clause
idl-y += servers/term/term.idl
service-y += term
term-y := $(addprefix servers/term/,main.o console_calls.o console.o loans.o uart_link.o discipline.o output.o row.o typed.o)

hosttest-y += term_discipline_test term_output_test term_typed_test
term_typed_test-y := servers/term/typed_test.c servers/term/typed.c servers/term/discipline.c
term_discipline_test-y := servers/term/discipline_test.c servers/term/discipline.c
term_output_test-y := servers/term/output_test.c servers/term/output.c servers/term/row.c
