# SPDX-License-Identifier: BSD-2-Clause
(set -e; echo a; false; echo b); echo $?
(set -e; false && true; echo c); echo $?
(set -e; f() { false; echo in; }; f || echo d); echo $?
sh -ec 'true; false; echo no'; echo $?
