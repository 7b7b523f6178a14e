# SPDX-License-Identifier: BSD-2-Clause
printf 'a\tb\n\\ \101\n'; printf '%b' 'x\ty\n' 'z\n'; printf '%s' 'no\n'; echo
printf '%b' 'stop\c' never; echo; printf '%d\n' "'A"
printf '%*d|%.*f\n' 5 3 2 1.5; printf '%.3f %e %g\n' 3.14159 1000 0.5
