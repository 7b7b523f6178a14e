# SPDX-License-Identifier: BSD-2-Clause
x=$(false); echo $?
x=$(exit 3); echo $?
x=a; echo $?
echo $(exit 4) $?
if x=$(true); then echo yes; fi
if x=$(false); then echo no; else echo else; fi
