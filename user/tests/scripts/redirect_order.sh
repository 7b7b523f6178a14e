# SPDX-License-Identifier: BSD-2-Clause
{ echo a; echo b >&2; } 2>&1 >o | cat
echo --; cat o
