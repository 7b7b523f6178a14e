# SPDX-License-Identifier: BSD-2-Clause
f() { echo "$# $*"; shift; echo "$# $*"; set -- new; echo "$1"; }
set -- outer args
f a b c
echo "$# $*"
