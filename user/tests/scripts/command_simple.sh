# SPDX-License-Identifier: BSD-2-Clause
echo $(echo one) `echo two` "$(echo three)" "`echo four`"
x=$(echo a; echo b); echo "$x"
echo $x
