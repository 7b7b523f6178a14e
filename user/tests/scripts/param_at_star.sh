# SPDX-License-Identifier: BSD-2-Clause
set -- "a b" c "" d
for x in "$@"; do echo "<$x>"; done
for x in "$*"; do echo "<$x>"; done
for x in $@; do echo "<$x>"; done
for x in $*; do echo "<$x>"; done
for x in pre"$@"post; do echo "<$x>"; done
