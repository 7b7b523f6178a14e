# SPDX-License-Identifier: BSD-2-Clause
cat <<A; cat <<B
first
A
second
B
while read x; do echo "got $x"; done <<EOF
p
q
EOF
echo after
