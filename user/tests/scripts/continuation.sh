# SPDX-License-Identifier: BSD-2-Clause
ec\
ho joined
echo "in \
quotes"
x=a\
b
echo $x
if true; \
then echo ok
fi
