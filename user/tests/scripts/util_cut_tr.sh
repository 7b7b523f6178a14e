# SPDX-License-Identifier: BSD-2-Clause
echo a:b:c | cut -d : -f 2; echo a:b:c | cut -d : -f 1,3; echo abcdef | cut -c 2-4; echo abcdef | cut -c 3-; echo 'x	y' | cut -f 2
echo hello | tr a-y b-z; echo hello | tr -d l; echo aabbcc | tr -s a-c; echo ABC | tr A-Z a-z; echo 'a b' | tr ' ' '\n'
