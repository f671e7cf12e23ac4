# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles what programs include: the umbrella header, and each public header on its own.

Arguments: the source root, the build root, then compilers of C and C++ with their flags, each one
an argument of several words.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
WARNINGS = ['-fsyntax-only', '-Wfatal-errors', '-Wall', '-Wextra', '-Wpedantic',
            '-Wno-variadic-macros', '-Werror']
UMBRELLA = 'pypeln-glib/pypeln-glib.h'
LANGUAGES = ('c', 'c++')


def public_headers():
    for root in (ROOT, BUILD):
        for path in sorted((root / 'pypeln-glib').rglob('*.h')):
            is_public = path.parent.name in ('pypeln-glib', 'stages')
            if is_public and not path.name.endswith('-private.h'):
                yield str(path.relative_to(root))


def compile_text(compiler, language, text):
    """What the compiler complains about."""
    command = [*compiler, '-x', language, *WARNINGS, f'-I{ROOT}', f'-I{BUILD}', '-']
    return subprocess.run(command, input=text, stderr=subprocess.PIPE, check=False,
                          text=True).stderr


def check_umbrella_compiles(compiler, language):
    yield compile_text(compiler, language, f'#include <{UMBRELLA}>\n#include <{UMBRELLA}>\n')


def check_each_header_includes_what_it_needs(compiler, language):
    for header in public_headers():
        yield compile_text(compiler, language, f'#define PL_COMPILATION\n#include <{header}>\n')


def check_headers_are_reached_by_the_umbrella_alone(compiler, language):
    for header in public_headers():
        complaint = compile_text(compiler, language, f'#include <{header}>\n')
        if 'can be included directly' not in complaint and header != UMBRELLA \
                and not header.endswith(('pl-version.h', 'pl-enum-types.h')):
            yield f'{header} can be included without {UMBRELLA}'


def check_functions_have_the_linkage_of_c(compiler, language):
    """C++ would mangle the names of those outside of G_BEGIN_DECLS."""
    names = set()
    for header in public_headers():
        for root in (ROOT, BUILD):
            if (root / header).exists():
                text = (root / header).read_text(encoding='utf-8')
                names |= set(re.findall(r'^\w[\w ]*[ *](pl_\w+) \(\w', text, re.MULTILINE))
    text = f'#include <{UMBRELLA}>\n' + 'void *all[] = {' + ', '.join(
        f'(void *) {name}' for name in sorted(names)) + '};\n'
    command = [*compiler, '-x', language, '-S', '-o', '-', f'-I{ROOT}', f'-I{BUILD}', '-']
    result = subprocess.run(command, input=text, capture_output=True, check=False, text=True)
    assembled = set(re.findall(r'\bpl_\w+', result.stdout))
    if result.returncode != 0:
        yield result.stderr
        return
    yield from (f'{name} has another name' for name in sorted(names - assembled))


def main():
    checks = [(name[6:].replace('_', '-'), func) for name, func in globals().items()
              if name.startswith('check_')]
    compilers = dict(zip(LANGUAGES, map(shlex.split, sys.argv[3:])))
    failed = False
    print(f'1..{len(checks) * len(LANGUAGES)}')
    points = [(f'/headers/{name}/{language}', func, language) for language in LANGUAGES
              for name, func in checks]
    for number, (name, func, language) in enumerate(points, 1):
        if not compilers.get(language):
            print(f'ok {number} {name} # SKIP there is no compiler')
            continue
        found = [what for what in func(compilers[language], language) if what]
        failed = failed or bool(found)
        print(f'{"not ok" if found else "ok"} {number} {name}')
        for what in found:
            print('# ' + what.replace('\n', '\n# '))
    return 1 if failed else 0


sys.exit(main())
