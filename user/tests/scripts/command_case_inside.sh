# SPDX-License-Identifier: BSD-2-Clause
x=$(case a in a) echo got;; b) echo b;; esac); echo $x
y=$(case b in (a) echo a;; (b) echo parens;; esac); echo $y
