# SPDX-License-Identifier: BSD-2-Clause
seq 5000 | wc -l | tr -d ' '
seq 5000 | tail -n 1
seq 5000 | while read x; do [ $((x % 1000)) -eq 0 ] && echo $x; done
