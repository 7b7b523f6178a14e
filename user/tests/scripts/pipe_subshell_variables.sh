# SPDX-License-Identifier: BSD-2-Clause
x=1
echo 2 | read x
echo $x
echo 3 | while read x; do :; done
echo $x
