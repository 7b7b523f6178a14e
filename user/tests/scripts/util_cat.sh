# SPDX-License-Identifier: BSD-2-Clause
printf 'a\nb\n' > f; printf 'c' > g
cat f g; echo; cat f - < g; echo; echo in | cat - f; cat none 2>/dev/null; echo $?; cat f none f 2>/dev/null; echo $?
cat -n f | tr -s ' \t' ' '
