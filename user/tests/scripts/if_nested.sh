# SPDX-License-Identifier: BSD-2-Clause
for i in 1 2 3 4; do
  if [ $i -eq 1 ]; then echo one
  elif [ $i -eq 2 ]; then
    if true; then echo two; fi
  else
    echo more
  fi
done
