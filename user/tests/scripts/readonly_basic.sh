# SPDX-License-Identifier: BSD-2-Clause
readonly R=1
echo $R
(R=2) 2>/dev/null; echo $?
(unset R) 2>/dev/null || echo kept
