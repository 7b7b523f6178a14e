# SPDX-License-Identifier: BSD-2-Clause
x=0123456789
y=$x$x$x$x$x$x$x$x$x$x
z=$y$y$y$y$y$y$y$y$y$y
cat <<EOF | wc -c | tr -d ' '
$z$z$z$z$z$z
$z$z$z$z$z$z
EOF
