# SPDX-License-Identifier: BSD-2-Clause
echo a\ \ b \$x \' \" \\ \;
echo one \
two \
three
printf '%s\n' \a\b
