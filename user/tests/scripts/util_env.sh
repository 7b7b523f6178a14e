# SPDX-License-Identifier: BSD-2-Clause
env A=1 sh -c 'echo $A'; A=2 env | grep '^A='; env -i sh -c 'echo "[$A]"'; env -i X=5 env | grep -v PWD
env nosuchcommand 2>/dev/null; echo $?
