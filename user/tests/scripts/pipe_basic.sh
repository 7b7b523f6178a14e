# SPDX-License-Identifier: BSD-2-Clause
echo hello | cat
printf 'c\na\nb\n' | sort
printf 'c\na\nb\n' | sort | head -n 1
echo one two | wc -w | tr -d ' '
