# SPDX-License-Identifier: BSD-2-Clause
x=$(
  echo first   # a comment with )
  echo second
)
echo "$x"
