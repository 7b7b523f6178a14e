# SPDX-License-Identifier: BSD-2-Clause
cat > s <<'EOF'
echo "$# $1 $2"
shift
echo "$1"
exit $#
EOF
sh s a b c; echo $?
sh s "x y" z; echo $?
