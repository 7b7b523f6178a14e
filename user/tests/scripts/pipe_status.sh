# SPDX-License-Identifier: BSD-2-Clause
true | false; echo $?
false | true; echo $?
! true | false; echo $?
(exit 3) | (exit 5); echo $?
