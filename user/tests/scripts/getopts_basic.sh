# SPDX-License-Identifier: BSD-2-Clause
f() { OPTIND=1; while getopts ab:c o "$@"; do echo "$o ${OPTARG-}"; done; shift $((OPTIND-1)); echo "rest $*"; }
f -a -b val rest one
f -ac x
f -bval -- -a
f none
