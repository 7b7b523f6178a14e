# SPDX-License-Identifier: BSD-2-Clause
for op in -eq -ne -lt -le -gt -ge; do [ 3 $op 5 ]; a=$?; [ 5 $op 5 ]; b=$?; echo $op $a $b; done
[ -5 -lt 3 ] && echo negative
[ 007 -eq 7 ] && echo zeros
[ x -eq 1 ] 2>/dev/null; echo $?
