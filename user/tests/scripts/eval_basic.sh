# SPDX-License-Identifier: BSD-2-Clause
x='echo hi'
eval $x
eval 'y=5; echo $y'
eval "z='a  b'"; echo "$z"
eval; echo $?
eval false; echo $?
eval 'for i in 1 2; do' 'echo $i; done'
n=var; eval "$n=value"; echo $var; eval echo \$$n
