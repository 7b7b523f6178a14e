# SPDX-License-Identifier: BSD-2-Clause
printf '10\n9\n2\n33\n' > f
sort f; echo --; sort -n f; echo --; sort -r f; echo --; sort -rn f
printf 'b 2\na 3\nc 1\n' | sort -k 2; printf 'a\nb\na\n' | sort -u; sort -o g f; cat g
printf 'x:3\ny:1\n' | sort -t : -k 2n
printf 'b 2 x\na 10 y\na 9 x\nb 1 y\n' > keys
sort -k1,1 -k2,2n keys
sort -k1,1r -k2n keys
sort -k3,3 -k1,1r -k2,2nr keys
sort -r -k1,1 -k2,2n keys
sort -u -k3,3 keys
sort -c keys 2> /dev/null; echo $?
sort keys | sort -c; echo $?
printf '1\n1\n2\n' | sort -c; echo $?
printf '1\n1\n2\n' | sort -cu 2> /dev/null; echo $?
printf 'x:3:b\ny:1:a\nx:2:b\n' | sort -t : -k1,1 -k2,2n
rm keys
