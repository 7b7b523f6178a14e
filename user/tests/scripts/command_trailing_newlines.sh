# SPDX-License-Identifier: BSD-2-Clause
x=$(printf 'a\n\n\n'); echo "[$x]"
x=$(printf '\n\nb'); echo "[$x]"
x=$(true); echo "[$x]"
echo "$(printf 'c\n')d"
