# SPDX-License-Identifier: BSD-2-Clause
for x in apple banana cherry "" "a b"; do
  case $x in
    apple) echo fruit1;;
    b*) echo fruit2 ;;
    c?erry|other) echo fruit3;;
    "") echo empty;;
    *) echo "rest $x"
  esac
done
