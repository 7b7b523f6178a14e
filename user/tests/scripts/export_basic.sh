# SPDX-License-Identifier: BSD-2-Clause
A=1; export A; B=2; export C=3
sh -c 'echo "$A [$B] $C"'
unset A; sh -c 'echo "[$A]"'
D=4 sh -c 'echo $D'; echo "[$D]"
A=9 B=8 sh -c 'echo $A$B'
