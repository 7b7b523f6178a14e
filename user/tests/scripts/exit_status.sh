# SPDX-License-Identifier: BSD-2-Clause
f() { exit 9; }
(f; echo never); echo $?
echo before
exit 4
echo never
