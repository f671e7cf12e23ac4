# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what no compiler does: layout of files, the umbrella header, symbols and their docs.

Arguments: the source root, the GIR (or nothing), the shared library.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT, GIR, LIBRARY = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
SOURCES = {'.c', '.h', '.py', '.js', '.vala', '.in'}
GI = '{http://www.gtk.org/introspection/core/1.0}'
DOCUMENTED = ('class', 'enumeration', 'function', 'method', 'constructor', 'callback', 'constant',
              'property', 'signal', 'record')


def source_files():
    folders = ('pypeln-glib', 'tests', 'examples')
    return [path for folder in folders for path in sorted((ROOT / folder).rglob('*'))
            if path.suffix in SOURCES and path.is_file()]


def public_headers():
    return [path for path in sorted((ROOT / 'pypeln-glib').rglob('*.h'))
            if not path.name.endswith('-private.h') and path.parent.name != 'workers']


def enum_type_functions():
    """Those that are made from the headers when the library is built."""
    for path in public_headers():
        for name in re.findall(r'^typedef enum\n{[^}]*} Pl(\w+);', path.read_text(encoding='utf-8'),
                               re.MULTILINE):
            yield 'pl' + re.sub(r'[A-Z]', lambda match: '_' + match[0].lower(), name) + '_get_type'


def check_lines_have_at_most_100_columns():
    for path in source_files():
        for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
            if len(line) > 100:
                yield f'{path}:{number}: {len(line)} columns'


def check_lines_have_no_tabs_and_no_blanks_at_their_end():
    for path in source_files():
        for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
            if '\t' in line or line != line.rstrip():
                yield f'{path}:{number}'


def check_files_begin_with_their_licence():
    for path in source_files():
        lines = path.read_text(encoding='utf-8').splitlines()
        head = [line for line in lines[:3] if not line.startswith('#!')]
        if len(head) < 2 or 'SPDX-FileCopyrightText: ' not in head[0] or \
                'SPDX-License-Identifier: LGPL-2.1-or-later' not in head[1]:
            yield str(path)


def check_umbrella_includes_each_public_header():
    umbrella = (ROOT / 'pypeln-glib/pypeln-glib.h').read_text(encoding='utf-8')
    for path in public_headers():
        name = path.relative_to(ROOT)
        if path.name != 'pypeln-glib.h' and f'#include <{name}>' not in umbrella:
            yield str(name)


def check_public_headers_are_installed():
    build = (ROOT / 'pypeln-glib/meson.build').read_text(encoding='utf-8')
    for path in public_headers():
        name = path.relative_to(ROOT / 'pypeln-glib')
        if f"'{name}'" not in build:
            yield str(name)


def check_prototypes_say_since_when_they_are_there():
    for path in public_headers():
        text = path.read_text(encoding='utf-8')
        for match in re.finditer(r'^(?!PL_AVAILABLE_IN_\d+_\d+$)(.*)\n^[A-Za-z].*\b(pl_\w+) \(',
                                 text, re.MULTILINE):
            yield f'{path.name}: {match[2]}'


def check_stages_and_workers_do_not_include_each_other():
    for folder, other in (('stages', 'workers'), ('workers', 'stages')):
        for path in (ROOT / 'pypeln-glib' / folder).iterdir():
            if f'"{other}/' in path.read_text(encoding='utf-8'):
                yield str(path)


def check_exported_symbols_are_those_of_the_headers():
    output = subprocess.run(['nm', '-D', '--defined-only', LIBRARY], stdout=subprocess.PIPE,
                            check=True, text=True).stdout
    exported = {line.split()[-1] for line in output.splitlines()}
    declared = set(enum_type_functions())
    for path in public_headers():
        text = path.read_text(encoding='utf-8')
        declared |= set(re.findall(r'\b(pl_\w+) \((?!\*)', text))
        declared |= {f'{name}_get_type' for name in
                     re.findall(r'_TYPE \(\w+, (pl_\w+), PL', text)}
    yield from (f'{name} is exported' for name in sorted(exported - declared))
    yield from (f'{name} is not exported' for name in sorted(declared - exported))


def check_public_symbols_are_documented():
    if not GIR:
        return
    for element in ET.parse(GIR).getroot().iter():
        kind = element.tag.removeprefix(GI)
        name = element.get('{http://www.gtk.org/introspection/c/1.0}identifier') or \
            element.get('{http://www.gtk.org/introspection/c/1.0}type') or element.get('name')
        if kind not in DOCUMENTED or name is None or name.endswith('Class'):
            continue
        if element.find(f'{GI}doc') is None:
            yield f'{kind} {name} has no documentation'
        elif element.get('version') is None:
            yield f'{kind} {name} does not say since when it is there'


def main():
    checks = [(name[6:].replace('_', '-'), func) for name, func in globals().items()
              if name.startswith('check_')]
    failed = False
    print(f'1..{len(checks)}')
    for number, (name, func) in enumerate(checks, 1):
        found = list(func())
        failed = failed or bool(found)
        print(f'{"not ok" if found else "ok"} {number} /lint/{name}')
        for what in found:
            print(f'# {what}')
    return 1 if failed else 0


sys.exit(main())
