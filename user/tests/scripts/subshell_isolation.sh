# SPDX-License-Identifier: BSD-2-Clause
x=1; y=2
(x=5; y=6; cd /; f() { echo sub; }; f; echo $x$y)
echo $x$y
f 2>/dev/null || echo no f
export z=3
(echo $z; z=4; sh -c 'echo $z')
echo $z
