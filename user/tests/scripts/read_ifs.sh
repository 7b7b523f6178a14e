# SPDX-License-Identifier: BSD-2-Clause
echo 'a:b:c:d' | { IFS=: read x y z; echo "$x|$y|$z"; }
echo 'k=v=w' | { IFS== read x y; echo "$x|$y"; }
printf 'root:x:0\nbin:y:1\n' | while IFS=: read u p i; do echo "$i $u"; done
echo ' a ' | { IFS= read x; echo "[$x]"; }
