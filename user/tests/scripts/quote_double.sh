# SPDX-License-Identifier: BSD-2-Clause
x='a  b'
echo "$x" "${x}" "\$x" "\"" "a z"
echo "tick: \`" "nested: $(echo "in  ner")"
