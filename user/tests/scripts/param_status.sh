# SPDX-License-Identifier: BSD-2-Clause
true; echo $?
false; echo $?
(exit 42); echo $?
! true; echo $?
! false; echo $?
sh -c 'exit 7'; echo $?
