# SPDX-License-Identifier: BSD-2-Clause
echo $((0x1f)) $((010)) $((0)) $((0xFF+1))
