# SPDX-License-Identifier: BSD-2-Clause
cat < nofile 2>/dev/null; echo $?
echo after
while true; do echo x; break; done < nofile 2>/dev/null
echo status $?
