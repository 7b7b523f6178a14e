# SPDX-License-Identifier: BSD-2-Clause
unset x; y=; z=full
echo "${x-a} ${x:-b} ${y-c} ${y:-d} ${z-e} ${z:-f}"
echo ${x:-two words} "${x:-"quo ted"}" ${x:-'sin gle'}
set -- ${x:-1 2 3}; echo $#
set -- "${x:-1 2 3}"; echo $#
