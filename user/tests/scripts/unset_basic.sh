# SPDX-License-Identifier: BSD-2-Clause
x=1; unset x; echo "[$x]" "${x-unset}"
unset never; echo $?
