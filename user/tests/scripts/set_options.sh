# SPDX-License-Identifier: BSD-2-Clause
set -e
true
false || echo guarded
if false; then :; fi
! true
echo still
(set -e; false; echo never); echo unreachable
