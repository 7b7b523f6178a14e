# SPDX-License-Identifier: BSD-2-Clause
printf 'apple\nbanana\nApricot\nfig\n' > f
grep a f; echo --; grep -i AP f; echo --; grep -v a f; echo --; grep -c an f; grep -n fig f
grep -q fig f; echo $?; grep nothing f; echo $?; grep '^a' f; grep 'g$' f; grep -E 'fig|apple' f; grep -F 'a' f | head -n 1
grep -l fig f; printf 'x\n' > g; grep . f g | head -n 1; grep -x fig f; grep x none 2>/dev/null; echo $?
printf 'the cat\ncats and cat\ncat_x cat-y\n' > words
grep -o 'cat[a-z]*' words
grep -on 'a.' words
grep -ow cat words
grep -w cat words
grep -wv cats words
grep -wn -e at -e and words
grep -oF -e cat -e ats words
grep -o '^[a-z]' words
grep -o 'x*' words; echo $?
grep -m 1 cat words
grep -cm 2 cat words
grep -ov the words; echo $?
grep -xo 'the cat' words
rm words
