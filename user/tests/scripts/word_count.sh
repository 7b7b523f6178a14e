# SPDX-License-Identifier: BSD-2-Clause
text='the cat and the dog and the bird'
for w in $text; do echo $w; done | sort | uniq -c | sort -rn | head -n 2 | while read n w; do echo "$w $n"; done
