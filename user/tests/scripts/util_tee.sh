# SPDX-License-Identifier: BSD-2-Clause
echo text | tee f; cat f; echo more | tee -a f | cat; cat f; echo two | tee a b > /dev/null; cat a b
