# SPDX-License-Identifier: BSD-2-Clause
mkdir -p t/a t/b; echo 1 > t/a/x; echo 2 > t/b/y
walk() { for e in "$1"/*; do if [ -d "$e" ]; then echo "d $e"; walk "$e"; elif [ -e "$e" ]; then echo "f $e $(cat "$e")"; fi; done; }
walk t
rm -r t; [ -e t ] || echo removed
