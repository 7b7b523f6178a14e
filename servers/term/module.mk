# SPDX-License-Identifier: BSD-2-Clause
hosttest-y += term_discipline_test term_output_test
term_discipline_test-y := servers/term/discipline_test.c servers/term/discipline.c
term_output_test-y := servers/term/output_test.c servers/term/output.c
