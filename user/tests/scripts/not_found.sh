# SPDX-License-Identifier: BSD-2-Clause
nosuchcommand 2>/dev/null; echo $?
./nofile 2>/dev/null; echo $?
echo text > plain; ./plain 2>/dev/null; echo $?
/ 2>/dev/null; echo $?
