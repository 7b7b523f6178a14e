# SPDX-License-Identifier: BSD-2-Clause
touch a b; ls; touch a; echo x > a; touch a; cat a; touch /nonexistent/x 2>/dev/null; echo $?; touch -c n; ls
