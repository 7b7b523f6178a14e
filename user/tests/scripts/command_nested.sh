# SPDX-License-Identifier: BSD-2-Clause
echo $(echo $(echo $(echo deep)))
echo "$(echo "$(echo "q  q")")"
echo `echo \`echo back\``
x=$(for i in 1 2 3; do echo $i; done); echo $x
