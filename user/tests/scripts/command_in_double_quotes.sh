# SPDX-License-Identifier: BSD-2-Clause
echo "a $(echo "b 'c'" | cat) d"
echo "$(echo 'single " quote')"
