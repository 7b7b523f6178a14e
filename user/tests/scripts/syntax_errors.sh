# SPDX-License-Identifier: BSD-2-Clause
sh -c 'if true' 2>/dev/null; echo $?
sh -c 'echo a; )' 2>/dev/null; echo $?
sh -c 'for 1x in a; do :; done' 2>/dev/null; echo $?
sh -c 'echo "open' 2>/dev/null; echo $?
sh -c 'case x in' 2>/dev/null; echo $?
sh -c '&& x' 2>/dev/null; echo $?
