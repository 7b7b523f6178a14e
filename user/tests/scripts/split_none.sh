# SPDX-License-Identifier: BSD-2-Clause
IFS=''
x='a b c'
set -- $x; echo $#
echo "$x"
