# SPDX-License-Identifier: BSD-2-Clause
mkdir -p a/b; top=$(pwd)
cd a; cd b; [ "$(pwd)" = "$top/a/b" ] && echo deep
cd ..; [ "$PWD" = "$top/a" ] && echo up
cd ../a/./b; [ "$PWD" = "$top/a/b" ] && echo dots
cd "$top"; cd none 2>/dev/null || echo missing
cd a; cd - > /dev/null; [ "$PWD" = "$top" ] && echo back
(cd a); [ "$PWD" = "$top" ] && echo stayed
