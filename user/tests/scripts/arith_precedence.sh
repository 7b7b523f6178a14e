# SPDX-License-Identifier: BSD-2-Clause
echo $((1+2<<1)) $((1|2==2)) $((5&6==6)) $((!1+1)) $((-3*-2)) $((- -3))
