# SPDX-License-Identifier: BSD-2-Clause
echo 'a  b' 'c"d' '$x' '`no`'
echo 'it''s' 'two
lines'
