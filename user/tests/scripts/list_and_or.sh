# SPDX-License-Identifier: BSD-2-Clause
true && echo a; false && echo b; true || echo c; false || echo d
false && echo x || echo y
true || echo x && echo y
false || false || echo third
true && true && false; echo $?
