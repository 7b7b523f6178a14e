# SPDX-License-Identifier: BSD-2-Clause
seq 20 > f
head -n 3 f; tail -n 2 f; head -n 1 < f; tail -n +19 f; seq 3 | head; seq 3 | tail -n 1
head -n 0 f; head -c 5 f; echo; tail -c 4 f
