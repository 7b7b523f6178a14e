# SPDX-License-Identifier: BSD-2-Clause
seq 3; seq 2 4; seq 1 3 10; seq 5 -2 1; seq 3 1; echo $(seq -s , 4); seq -w 8 10
