# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts what the given logs of meson's say of tests: each point of a TAP test is one. Names those
that failed, since their output may be far above."""

import json
import re
import sys

POINT = re.compile(r'^(not )?ok\b([^#\n]*)(#\s*skip)?', re.IGNORECASE | re.MULTILINE)
SKIPPED = 77


def count(test):
    """Returns how many passed, failed and were skipped in one test of meson's."""
    passed = failed = skipped = 0
    for match in POINT.finditer(test.get('stdout') or ''):
        if match[3]:
            skipped += 1
        elif match[1]:
            failed += 1
        else:
            passed += 1

    succeeded = test['result'] in ('OK', 'EXPECTEDFAIL')
    if test['result'] == 'SKIP' or test['returncode'] == SKIPPED:
        skipped = max(skipped, 1)
    elif not succeeded:
        # A crash, a leak or a timeout is a failure beside what the points say.
        failed = max(failed, 1)
    elif passed + skipped == 0:
        passed = 1
    return passed, failed, skipped


def names_of_failed(test):
    """Returns the points of one test of meson's that failed; itself, if none did."""
    points = [match[2].strip() for match in POINT.finditer(test.get('stdout') or '')
              if match[1] and not match[3]]
    return points or ['{} ({})'.format(test['name'], test['result'])]


def main(paths):
    totals = [0, 0, 0]
    for path in paths:
        try:
            log = open(path, encoding='utf-8', errors='replace')
        except FileNotFoundError:
            continue
        with log:
            for line in log:
                test = json.loads(line)
                counts = count(test)
                totals = [a + b for a, b in zip(totals, counts)]
                if counts[1] > 0:
                    print('failed:', ', '.join(names_of_failed(test)))

    print('{} passed, {} failed, {} skipped'.format(*totals))
    return 1 if totals[1] > 0 or totals[0] == 0 else 0


sys.exit(main(sys.argv[1:]))
