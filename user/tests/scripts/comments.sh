# SPDX-License-Identifier: BSD-2-Clause
echo a # comment
# whole line
echo b#not a comment
echo "# quoted" '#' \#
: # nothing
x=1#2; echo $x
