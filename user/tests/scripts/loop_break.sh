# SPDX-License-Identifier: BSD-2-Clause
for i in 1 2 3 4 5; do
  if [ $i = 2 ]; then continue; fi
  if [ $i = 4 ]; then break; fi
  echo $i
done
for i in 1 2; do for j in a b c; do [ $j = b ] && continue 2; echo $i$j; done; done
for i in 1 2; do for j in a b; do [ $i$j = 1b ] && break 2; echo $i$j; done; done
while :; do break; done; echo out
