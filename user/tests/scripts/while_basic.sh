# SPDX-License-Identifier: BSD-2-Clause
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done
until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i
while false; do echo never; done; echo $?
