# SPDX-License-Identifier: BSD-2-Clause
touch a.c b.c c.h .hidden
echo *.c
echo *
echo ?.h [ab].c [!a].c
echo .h*
echo *.none
