# SPDX-License-Identifier: BSD-2-Clause
IFS=:
x=a:b::c:
set -- $x; echo $#
for i in $x; do echo "<$i>"; done
IFS=': '
x=' a : b :: c '
for i in $x; do echo "<$i>"; done
