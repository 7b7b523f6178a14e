#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Boots what was built in O and runs the quick suite on it: what the matrix does with each configuration.
#
#   quick_suite.sh O=DIR [SMP=n MEM=size CPU=type GIC=n EL=n BOOT=how]

set -eu
cd "$(dirname "$0")/.."
build=build
for argument in "$@"; do
    case $argument in
    O=*) build=${argument#O=} ;;
    SMP=* | MEM=* | CPU=* | GIC=* | EL=* | BOOT=*) export "CAPELIN_$argument" ;;
    *) echo "quick_suite: what is $argument?" >&2; exit 2 ;;
    esac
done
exec /usr/bin/python3 scripts/test.py --build "$build" --suite quick
