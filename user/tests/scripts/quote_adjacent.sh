# SPDX-License-Identifier: BSD-2-Clause
x=mid
echo pre"$x"post 'a'b"c" ""x"" "$x"'$x'\$x
