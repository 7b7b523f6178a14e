# SPDX-License-Identifier: BSD-2-Clause
exec 3>f
echo to three >&3
exec 3>&-
cat f
exec 4<f; read x <&4; echo "[$x]"; exec 4<&-
echo a 5>g >&5; cat g
