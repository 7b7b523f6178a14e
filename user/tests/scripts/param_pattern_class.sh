# SPDX-License-Identifier: BSD-2-Clause
x=abc123def
echo ${x#[a-z]} ${x##[a-z]*[0-9]} ${x%[!0-9]*} ${x%%[0-9]*} ${x#???}
