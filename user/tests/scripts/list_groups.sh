# SPDX-License-Identifier: BSD-2-Clause
{ echo a; echo b; }
{ echo c
echo d
}
x=1; { x=2; }; echo $x
(x=3; echo $x); echo $x
( echo e; ( echo f ) )
