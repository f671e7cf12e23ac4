# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that each page of the documentation is in it: in the gi-docgen configuration, which shows
it, and in the build file, which has the reference made again when it changes.

Argument: the folder of the pages.
"""

import re
import sys
from pathlib import Path

DOCS = Path(sys.argv[1])
LISTS = {'pypeln-glib.toml.in': r'"([^"]+\.md)"', 'meson.build': r"'([^']+\.md)'"}


def main():
    pages = {path.name for path in DOCS.glob('*.md')}
    failed = False
    print(f'1..{len(LISTS)}')
    for number, (name, pattern) in enumerate(LISTS.items(), 1):
        listed = set(re.findall(pattern, (DOCS / name).read_text(encoding='utf-8')))
        ok = bool(pages) and listed == pages
        failed = failed or not ok
        print(f'{"ok" if ok else "not ok"} {number} /docs-pages/{name}')
        for page in sorted(pages - listed):
            print(f'# {page} is not listed')
        for page in sorted(listed - pages):
            print(f'# {page} does not exist')
    return 1 if failed else 0


sys.exit(main())
