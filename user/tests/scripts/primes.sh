# SPDX-License-Identifier: BSD-2-Clause
n=2
while [ $n -lt 40 ]; do
  i=2; p=1
  while [ $((i*i)) -le $n ]; do
    if [ $((n%i)) -eq 0 ]; then p=0; break; fi
    i=$((i+1))
  done
  [ $p -eq 1 ] && printf '%d ' $n
  n=$((n+1))
done
echo
