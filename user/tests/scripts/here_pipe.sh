# SPDX-License-Identifier: BSD-2-Clause
cat <<EOF | sort
c
a
b
EOF
x=$(cat <<EOF
inside
EOF
)
echo "$x"
{ cat; echo --; } <<EOF
grouped
EOF
