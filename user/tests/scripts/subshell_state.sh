# SPDX-License-Identifier: BSD-2-Clause
set -- p q
f() { echo "f $1"; }
v='with '\''quotes'\'' and
newline'
(echo $# $2; f x; echo "$v"; false; echo $?)
echo "$(set -- r; echo $1) $1"
