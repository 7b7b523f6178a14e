# SPDX-License-Identifier: BSD-2-Clause
f() {
	cat <<EOF
arg $1
EOF
}
f one; f two
f three | cat
