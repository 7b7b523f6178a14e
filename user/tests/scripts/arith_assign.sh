# SPDX-License-Identifier: BSD-2-Clause
x=5
echo $((x=7)) $x $((x+=3)) $x $((x*=2)) $x $((x-=1)) $x $((x/=2)) $x $((x%=4)) $x
echo $((x<<=3)) $((x>>=1)) $((x|=1)) $((x&=3)) $((x^=2)) $x
