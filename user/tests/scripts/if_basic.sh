# SPDX-License-Identifier: BSD-2-Clause
if true; then echo yes; else echo no; fi
if false; then echo yes; else echo no; fi
if false; then echo 1; elif true; then echo 2; else echo 3; fi
if false; then echo 1; elif false; then echo 2; fi
echo $?
if [ 3 -gt 2 ] && [ 2 -gt 1 ]; then
  echo multi
fi
