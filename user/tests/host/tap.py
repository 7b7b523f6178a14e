# SPDX-License-Identifier: BSD-2-Clause
#
# Reads what an on-target test program printed: a plan, then one line per test (lib/test/include/test/test.h).

import re

LINE = re.compile(r"^(ok|not ok) (\d+) (\S+)(?: - (.*)| # skip (.*))?$")


def parse(output):
    """Gives (results, problems): results as (name, state, text), the state "ok", "not ok" or "skip"; problems are what is wrong with the list itself."""
    plan, results, problems = None, [], []
    for line in output.splitlines():
        line = line.strip()
        found = re.match(r"^1\.\.(\d+)$", line)
        if found:
            plan = int(found.group(1))
            continue
        found = LINE.match(line)
        if found:
            if int(found.group(2)) != len(results) + 1:
                problems.append(f"test {len(results) + 1} is missing before: {line}")
            state = "skip" if found.group(5) is not None else found.group(1)
            results.append((found.group(3), state, found.group(4) or found.group(5) or ""))
    if plan is None:
        problems.append("no plan")
    elif plan != len(results):
        problems.append(f"{plan} tests planned, {len(results)} reported")
    return results, problems
