# SPDX-License-Identifier: BSD-2-Clause
x=3
echo $(( $(echo 4) + $((x+1)) )) "$((x))th"
i=0; while [ $((i+=1)) -lt 4 ]; do echo $i; done
