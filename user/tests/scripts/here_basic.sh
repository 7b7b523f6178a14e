# SPDX-License-Identifier: BSD-2-Clause
cat <<EOF
line one
  line two
EOF
x=val
cat <<EOF
$x ${x} $(echo cmd) $((1+1)) \$x \\ "quoted" 'single'
EOF
cat <<'EOF'
$x $(echo no) \$x
EOF
