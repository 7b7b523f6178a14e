# SPDX-License-Identifier: BSD-2-Clause
for i in 3 1 2; do echo $i; done | sort
printf '1\n2\n3\n' | while read x; do echo "got $x"; done
echo input | { read x; echo "[$x]"; }
{ echo b; echo a; } | sort
(echo sub; echo shell) | cat
