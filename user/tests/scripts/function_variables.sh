# SPDX-License-Identifier: BSD-2-Clause
f() { x=inner; local y=loc; echo $x $y; }
x=outer; y=outer
f
echo $x $y
g() { local x; x=1; k; echo $x; }; k() { x=2; }
g; echo $x
