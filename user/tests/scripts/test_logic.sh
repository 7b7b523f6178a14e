# SPDX-License-Identifier: BSD-2-Clause
[ a = a -a b = b ] && echo and; [ a = b -o b = b ] && echo or
[ ! a = b ] && echo not; [ \( a = b \) -o \( c = c \) ] && echo parens
[ 1 -eq 1 -a 2 -eq 3 ] || echo false
