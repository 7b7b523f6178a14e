# SPDX-License-Identifier: BSD-2-Clause
f() { echo first; }
f
f() { echo second; f() { echo third; }; }
f; f
unset -f f
f 2>/dev/null; echo $?
