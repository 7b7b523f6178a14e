# SPDX-License-Identifier: BSD-2-Clause
exec > out
echo into a file
exec 1>&2
cat out > copy
wc -l < copy > count
exit 3
