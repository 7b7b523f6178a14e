# SPDX-License-Identifier: BSD-2-Clause
mkdir a; mkdir a 2>/dev/null; echo $?; mkdir -p a x/y/z; ls; rmdir a; ls x; rmdir x 2>/dev/null; echo $?
rmdir x/y/z x/y x; ls; rmdir none 2>/dev/null; echo $?
