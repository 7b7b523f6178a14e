# SPDX-License-Identifier: BSD-2-Clause
rev() { s=$1 r=; while [ -n "$s" ]; do r=${s%"${s#?}"}$r; s=${s#?}; done; echo "$r"; }
rev hello; rev ""; rev 'a b'
