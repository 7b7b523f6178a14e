# SPDX-License-Identifier: BSD-2-Clause
a=0 b=1
for i in 1 2 3 4 5 6 7 8 9 10; do echo $a; t=$((a+b)); a=$b; b=$t; done
