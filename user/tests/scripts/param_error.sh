# SPDX-License-Identifier: BSD-2-Clause
(unset x; echo ${x?gone}; echo not reached) 2>/dev/null
echo status $?
(y=; echo ${y:?empty}; echo not reached) 2>/dev/null
echo status $?
x=ok; echo ${x?never}
