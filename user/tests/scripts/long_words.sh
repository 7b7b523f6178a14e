# SPDX-License-Identifier: BSD-2-Clause
x=
i=0
while [ $i -lt 500 ]; do x=${x}0123456789; i=$((i+1)); done
echo ${#x}
set -- $x $x; echo $#
y=$(echo $x); [ "$y" = "$x" ] && echo equal
