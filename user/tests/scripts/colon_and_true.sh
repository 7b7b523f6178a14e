# SPDX-License-Identifier: BSD-2-Clause
:; echo $?
: a b $(echo side > f) c; cat f
true a b; echo $?
if :; then echo colon; fi
