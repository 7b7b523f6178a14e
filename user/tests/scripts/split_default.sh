# SPDX-License-Identifier: BSD-2-Clause
x='  a  b	c
d  '
set -- $x; echo $# "$1" "$4"
for i in $x; do echo "<$i>"; done
