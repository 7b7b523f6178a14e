# SPDX-License-Identifier: BSD-2-Clause
printf 'echo a\nx=5\necho $x\n' | sh
sh <<EOF
echo from here
exit 2
EOF
echo $?
