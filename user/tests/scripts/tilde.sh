# SPDX-License-Identifier: BSD-2-Clause
HOME=/home/me
echo ~ ~/x "~" '~' a~ 
x=~/y; echo $x
