# SPDX-License-Identifier: BSD-2-Clause
command -v cd > /dev/null && echo builtin
command -v nosuchcommand || echo none
f() { echo func; }; command -v f
command echo direct
echo() { printf 'mine\n'; }; echo x; command echo x; unset -f echo
