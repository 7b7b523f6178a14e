# SPDX-License-Identifier: BSD-2-Clause
basename /usr/lib/x.c; basename /usr/lib/x.c .c; basename a/; dirname /usr/lib; dirname a; dirname /; dirname a/b/
