# SPDX-License-Identifier: BSD-2-Clause
x='1 2'
set -- a$x'b c'"$x"$x; echo $#
for i in "$@"; do echo "<$i>"; done
