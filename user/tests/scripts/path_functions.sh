# SPDX-License-Identifier: BSD-2-Clause
base() { p=${1%/}; echo "${p##*/}"; }
dir() { p=${1%/}; case $p in */*) p=${p%/*}; echo "${p:-/}";; *) echo .;; esac; }
for p in /usr/lib file /file a/b/c/ /; do echo "$(base "$p") $(dir "$p")"; done
