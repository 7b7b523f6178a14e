# SPDX-License-Identifier: BSD-2-Clause
echo 'x=sourced; echo "in file $1"; f() { echo from file; }' > s
. ./s
echo $x; f
echo 'return 3; echo never' > r
. ./r; echo $?
