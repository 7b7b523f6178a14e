# SPDX-License-Identifier: BSD-2-Clause
echo if then else fi do done while for in case esac { } !
for in in for do; do echo $in; done
case in in in) echo ok;; esac
if=5; echo $if
