# SPDX-License-Identifier: BSD-2-Clause
set a b c; echo $# $1
set -- -x y; echo $1 $#
set --; echo $#
x="p q r"; set -- $x; echo $2
