# SPDX-License-Identifier: BSD-2-Clause
for x in a b c
do
  echo $x
done
set -- p q
for x; do echo $x; done
for x in; do echo never; done
for x in "$@" r; do echo $x; done
for i in $(seq 3); do echo $i; done
