# SPDX-License-Identifier: BSD-2-Clause
double() { while read x; do echo $((x*2)); done; }
seq 3 | double | double
