# SPDX-License-Identifier: BSD-2-Clause
printf 'one two\nthree\n' > f
wc -l < f | tr -d ' '; wc -w < f | tr -d ' '; wc -c < f | tr -d ' '
set -- $(wc f); echo $1 $2 $3 $4
