# SPDX-License-Identifier: BSD-2-Clause
sh -c 'echo $0 $1 $2' name a b
sh -c 'echo "$@"' x 1 2 3
sh -c 'exit 5'; echo $?
x=exported; export x; sh -c 'echo $x'
y=private; sh -c 'echo "[$y]"'
