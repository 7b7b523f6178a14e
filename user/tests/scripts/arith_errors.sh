# SPDX-License-Identifier: BSD-2-Clause
(echo $((1/0)); echo not reached) 2>/dev/null; echo status $?
(echo $((5%0)); echo not reached) 2>/dev/null; echo status $?
(echo $((1+)); echo not reached) 2>/dev/null; echo status $?
