# SPDX-License-Identifier: BSD-2-Clause
printf '1\n2\n' > f
while read x; do echo "<$x>"; done < f
cat < f
read a < f; echo $a
