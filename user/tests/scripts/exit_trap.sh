# SPDX-License-Identifier: BSD-2-Clause
trap 'echo bye' EXIT
echo hi
(trap 'echo inner' EXIT; echo sub)
exit 6
