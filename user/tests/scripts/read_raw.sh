# SPDX-License-Identifier: BSD-2-Clause
printf 'a\\tb\\\nc\n' > f
read x < f; echo "$x"
{ read -r x; printf '%s\n' "$x"; } < f
