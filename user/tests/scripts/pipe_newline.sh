# SPDX-License-Identifier: BSD-2-Clause
echo a |
cat |
   cat
true &&
echo after and
false ||
echo after or
