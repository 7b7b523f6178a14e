# SPDX-License-Identifier: BSD-2-Clause
(set -u; echo $undefined; echo never) 2>/dev/null; echo $?
(set -u; echo ${undefined-ok}; x=; echo "[$x]"); echo $?
