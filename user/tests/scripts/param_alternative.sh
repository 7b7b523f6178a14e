# SPDX-License-Identifier: BSD-2-Clause
unset x; y=; z=v
echo "[${x+a}] [${x:+b}] [${y+c}] [${y:+d}] [${z+e}] [${z:+f $z}]"
