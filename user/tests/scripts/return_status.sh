# SPDX-License-Identifier: BSD-2-Clause
f() { false; return; }
f; echo $?
g() { return 300; } 2>/dev/null
h() { for i in 1 2 3; do [ $i = 2 ] && return 5; done; }
h; echo $? $i
