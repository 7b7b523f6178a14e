# SPDX-License-Identifier: BSD-2-Clause
{ echo out; echo err >&2; } 2>e >o
cat o; echo --; cat e
{ echo out; echo err >&2; } > both 2>&1; sort both
{ echo x >&2; } 2>/dev/null
ls /nonexistent 2>/dev/null || echo failed
