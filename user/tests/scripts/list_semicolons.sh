# SPDX-License-Identifier: BSD-2-Clause
echo a; echo b ;echo c;
echo d
