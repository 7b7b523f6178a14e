# SPDX-License-Identifier: BSD-2-Clause
printf 'a\na\nb\na\n' | uniq; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u; printf 'a\na\nb\n' | uniq -c | while read n x; do echo $n $x; done
