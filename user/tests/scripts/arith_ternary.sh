# SPDX-License-Identifier: BSD-2-Clause
x=4
echo $((x>3?10:20)) $((x<3?10:20)) $((x==4?x==5?1:2:3))
y=0; echo $((1?5:(y=9))) $y $((0&&(y=9))) $y $((1||(y=9))) $y
