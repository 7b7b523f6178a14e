# SPDX-License-Identifier: BSD-2-Clause
(echo background > f) &
wait
cat f
false & wait $!; echo $?
(exit 7) & p=$!; wait $p; echo $?
true & wait; echo $?
for i in 1 2 3; do (echo $i > g$i) & done; wait; cat g1 g2 g3
