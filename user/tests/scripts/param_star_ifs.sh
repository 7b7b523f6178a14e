# SPDX-License-Identifier: BSD-2-Clause
set -- a b c
IFS=,
echo "$*"
IFS=
echo "$*"
unset IFS
echo "$*"
