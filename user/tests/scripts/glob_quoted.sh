# SPDX-License-Identifier: BSD-2-Clause
touch x1 x2
echo "x*" 'x?' x\* x*
y='x*'; echo $y "$y"
