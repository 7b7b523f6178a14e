# SPDX-License-Identifier: BSD-2-Clause
set --
for x in "$@"; do echo never; done
echo "$# [$*] [$@]"
set -- "$@" new
echo $# "$1"
for x in a"$@"; do echo "<$x>"; done
