# SPDX-License-Identifier: BSD-2-Clause
touch one.txt two.txt three.txt
for f in *.txt; do echo "file ${f%.txt}"; done
n=0; for f in *.nothing; do n=$((n+1)); done; echo $n
set -- *.txt; echo $#
