# SPDX-License-Identifier: BSD-2-Clause
x=old
x=new true; echo $x
f() { echo "f sees $x"; }
x=temp f
echo $x
x=stay :; echo $x
a=1 b=$a; echo "$a $b"
