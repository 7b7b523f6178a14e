# SPDX-License-Identifier: BSD-2-Clause
x=hello; y=
echo $x ${x}y "$x-$y-$z" $y $z end
echo "${#x} ${#y} ${#z}"
