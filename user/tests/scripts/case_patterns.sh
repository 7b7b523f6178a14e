# SPDX-License-Identifier: BSD-2-Clause
for x in 5 z Z '*' '[x]' .; do
  case "$x" in
    [0-9]) echo digit;;
    [a-z]) echo lower;;
    [[:upper:]]) echo upper;;
    '*') echo star;;
    "[x]") echo bracket;;
    ?) echo single;;
  esac
done
p='a*'; case abc in $p) echo pattern;; esac
case 'a*' in "$p") echo literal;; esac
