# SPDX-License-Identifier: BSD-2-Clause
x='a   b'
y=$x
echo "$y"
z=$(echo 'c   d')
echo "$z"
set -- p q; w=$*; echo "$w"; v="$@"; echo "$v"
