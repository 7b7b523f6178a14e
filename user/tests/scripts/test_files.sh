# SPDX-License-Identifier: BSD-2-Clause
touch f; mkdir d; echo x > s
[ -e f ] && echo e; [ -f f ] && echo f; [ -d d ] && echo d; [ -d f ] || echo not d
[ -s s ] && echo s; [ -s f ] || echo empty; [ -e none ] || echo none; [ -r s ] && echo r; [ -w s ] && echo w
[ -x d ] && echo x
