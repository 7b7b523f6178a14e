# SPDX-License-Identifier: BSD-2-Clause
printf '10\n9\n2\n33\n' > f
sort f; echo --; sort -n f; echo --; sort -r f; echo --; sort -rn f
printf 'b 2\na 3\nc 1\n' | sort -k 2; printf 'a\nb\na\n' | sort -u; sort -o g f; cat g
printf 'x:3\ny:1\n' | sort -t : -k 2n
