# SPDX-License-Identifier: BSD-2-Clause
echo data > a; cp a b; cat b; mv b c; [ -e b ] || cat c
mkdir d; cp a c d; ls d; mv d e; ls e; rm e/a; ls e; rm -r e; ls
rm none 2>/dev/null; echo $?; rm -f none; echo $?; cp none x 2>/dev/null; echo $?
cp -r . ../copy_of_it 2>/dev/null; mkdir src; echo n > src/f; cp -r src dst; cat dst/f; rm -rf ../copy_of_it
