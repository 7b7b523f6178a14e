# SPDX-License-Identifier: BSD-2-Clause
set -- x y
echo $# ${#} "$#"
[ "$$" = "$(echo $$)" ] && echo same
(echo $$ > f1); [ "$(cat f1)" = "$$" ] && echo same in a subshell
