# SPDX-License-Identifier: BSD-2-Clause
set -- "" '' a ""
echo $#
for x in "" 'b' ""; do echo "<$x>"; done
printf '[%s]\n' "" ""
