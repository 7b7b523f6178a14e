# SPDX-License-Identifier: BSD-2-Clause
yes() { return 0; }; no() { return 1; }
if yes; then echo y; fi
no || echo n
while no; do echo never; done
! no && echo negated
