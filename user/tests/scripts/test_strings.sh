# SPDX-License-Identifier: BSD-2-Clause
[ a = a ]; echo $?; [ a = b ]; echo $?; [ a != b ]; echo $?
[ -n x ]; echo $?; [ -n "" ]; echo $?; [ -z "" ]; echo $?; [ "" ]; echo $?; [ x ]; echo $?; [ ]; echo $?
test a = a && echo yes
[ "-n" = "-n" ] && echo odd; [ ! "" ] && echo not; [ ! x ] || echo x
