# SPDX-License-Identifier: BSD-2-Clause
echo one > f; cat f
echo two > f; cat f
echo three >> f; cat f
> empty; wc -c < empty | tr -d ' '
