# SPDX-License-Identifier: BSD-2-Clause
printf 'plain\n'; printf '%s %s\n' a b c d; printf '%d %i\n' 5 -7
printf '%5d|%-5d|%05d\n' 42 42 42; printf '%x %X %o %u\n' 255 255 8 7
printf '%5s|%-5s|%.2s\n' ab ab abcdef; printf '%c%c\n' xyz w; printf '%%\n'
