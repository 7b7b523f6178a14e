# SPDX-License-Identifier: BSD-2-Clause
f() { echo "f: $1 $2 $#"; }
f a b c
f
g () {
  echo g
  return 3
  echo never
}
g; echo $?
h() ( echo subshell; x=5 ); x=1; h; echo $x
