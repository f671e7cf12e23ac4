# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that each page of the documentation is in it: in the gi-docgen configuration, which shows
it, and in the build file, which has the reference made again when it changes. A block behind
`<!-- file: PATH -->` is that file.

Argument: the folder of the pages.
"""

import re
import sys
from pathlib import Path

DOCS = Path(sys.argv[1])
LISTS = {'pypeln-glib.toml.in': r'"([^"]+\.md)"', 'meson.build': r"'([^']+\.md)'"}
FILE = re.compile(r'^<!-- file: (\S+) -->\n```[a-z]+\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def find_outdated_files():
    for page in sorted(DOCS.glob('*.md')):
        for name, text in FILE.findall(page.read_text(encoding='utf-8')):
            if (DOCS.parent / name).read_text(encoding='utf-8') != text:
                yield f'{page.name} shows another {name} than there is'


def main():
    pages = {path.name for path in DOCS.glob('*.md')}
    failed = False
    print(f'1..{len(LISTS) + 1}')
    for number, (name, pattern) in enumerate(LISTS.items(), 1):
        listed = set(re.findall(pattern, (DOCS / name).read_text(encoding='utf-8')))
        ok = bool(pages) and listed == pages
        failed = failed or not ok
        print(f'{"ok" if ok else "not ok"} {number} /docs-pages/{name}')
        for page in sorted(pages - listed):
            print(f'# {page} is not listed')
        for page in sorted(listed - pages):
            print(f'# {page} does not exist')
    outdated = list(find_outdated_files())
    failed = failed or bool(outdated)
    print(f'{"not ok" if outdated else "ok"} {len(LISTS) + 1} /docs-pages/files')
    for what in outdated:
        print(f'# {what}')
    return 1 if failed else 0


sys.exit(main())
