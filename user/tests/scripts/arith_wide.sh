# SPDX-License-Identifier: BSD-2-Clause
echo $((9223372036854775807)) $((4294967296*2)) $((1<<40))
