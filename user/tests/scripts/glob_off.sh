# SPDX-License-Identifier: BSD-2-Clause
touch q1 q2
set -f; echo q*; set +f; echo q*
