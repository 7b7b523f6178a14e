# SPDX-License-Identifier: BSD-2-Clause
printf 'echo "script $1"\n' > s; chmod +x s 2>/dev/null
./s arg
printf '#!/bin/sh\necho "hash $1"\n' > t; chmod +x t
./t arg; PATH=.:$PATH; t found
