# SPDX-License-Identifier: BSD-2-Clause
unset x; y=
echo ${x=one} $x ${y=two} "[$y]" ${y:=three} $y
: ${z:=first} ${z:=second}
echo $z
