# SPDX-License-Identifier: BSD-2-Clause
echo $ "$" a$ $. "$ x" '$'
echo 5$ $% 
