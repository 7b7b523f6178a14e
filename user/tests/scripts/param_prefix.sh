# SPDX-License-Identifier: BSD-2-Clause
p=/usr/local/lib/file.tar.gz
echo ${p#*/} ${p##*/} ${p%.*} ${p%%.*} ${p#nothing} ${p%nothing}
echo "${p##*.}" "${p%/*}" ${p#/usr}
x='a*b*c'; echo "${x#*\*}" "${x#'a*'}" "${x%"*c"}"
