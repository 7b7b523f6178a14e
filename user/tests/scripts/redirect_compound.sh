# SPDX-License-Identifier: BSD-2-Clause
for i in 1 2; do echo $i; done > f; cat f
if true; then echo yes; fi > f; cat f
{ echo g; } > f; (echo s) >> f; cat f
f() { echo "func $1"; }
f x > f; cat f
g() { echo in g; } > gfile
g; cat gfile
