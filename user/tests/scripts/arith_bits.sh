# SPDX-License-Identifier: BSD-2-Clause
echo $((6&3)) $((6|3)) $((6^3)) $((~0)) $((1<<10)) $((1024>>3)) $((-8>>1))
