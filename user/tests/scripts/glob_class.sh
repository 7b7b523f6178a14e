# SPDX-License-Identifier: BSD-2-Clause
touch f1 f2 fa fB f-
echo f[0-9] f[a-z] f[[:upper:]] f[!0-9] f[1-]
