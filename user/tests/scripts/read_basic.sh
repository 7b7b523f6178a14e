# SPDX-License-Identifier: BSD-2-Clause
printf 'one two three\nfour\n\n' > f
{ read a b; echo "$a|$b"; read a b; echo "$a|$b"; read a; echo "[$a]"; read a; echo $?; } < f
echo '  lead and trail  ' | { read x; echo "[$x]"; }
