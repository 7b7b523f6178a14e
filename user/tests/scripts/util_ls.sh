# SPDX-License-Identifier: BSD-2-Clause
mkdir d; touch d/b d/a d/.h; ls d; ls -a d; ls d/a d/b; ls -1 d; ls -d d; ls none 2>/dev/null || echo fails
ls -A d; ls -F; ls -r d
