# SPDX-License-Identifier: BSD-2-Clause
choose() {
  case $1 in
    start|begin) echo starting ;;
    stop) echo stopping; return 2 ;;
    *) echo "unknown: $1" >&2; return 1 ;;
  esac
}
for c in start stop begin what; do choose $c 2>/dev/null; echo "-> $?"; done
