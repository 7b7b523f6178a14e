# SPDX-License-Identifier: BSD-2-Clause
/bin/true; echo $?; /bin/false; echo $?; env true; echo $?; env false; echo $?; sleep 0; echo $?
