# SPDX-License-Identifier: BSD-2-Clause
cat <<-EOF
	one tab
		two tabs
	EOF
if true; then
	cat <<-'END'
	$quoted
	END
fi
