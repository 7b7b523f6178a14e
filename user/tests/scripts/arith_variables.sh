# SPDX-License-Identifier: BSD-2-Clause
x=5; y=3
echo $((x+y)) $(($x*$y)) $((x / y)) $((unset_one + 1))
z=41; echo $((z+1)) $((  z*2  ))
