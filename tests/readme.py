# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compiles and runs the programs in README.md and docs/*.md.

A block of C, Python or JavaScript is a whole program. A `text` block behind a program is what it
prints. What else is to be known of a block stands in a comment in the line before it, since not
all that shows the pages knows of words behind the language: `<!-- fragment -->` is C that has no
main() and is compiled only, its functions need no caller; `<!-- gtk -->` is a fragment that needs
GTK; `<!-- gbulb -->` or `<!-- cloudpickle -->` is Python that needs this package;
`<!-- unordered -->` is text whose lines may come in any order.

Arguments: the source root, the build root, and what to compile a program with.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

SOURCE_ROOT, BUILD_ROOT, COMPILE = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
# A compiler can be two words, such as `ccache cc`; libraries have to follow the program.
FIRST_FLAG = next(i for i, word in enumerate(COMPILE) if word.startswith('-'))
COMPILER, FLAGS = COMPILE[:FIRST_FLAG], COMPILE[FIRST_FLAG:]
LIBRARY_DIR = str(BUILD_ROOT / 'pypeln-glib')
BLOCK = re.compile(r'^(?:<!-- ([a-z]+) -->\n)?^```([a-z]+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FRAGMENT = '''#include <pypeln-glib/pypeln-glib.h>
%s
%s
int main (void) { return 0; }
'''
ENVIRONMENT = {
    **os.environ,
    'LD_LIBRARY_PATH': LIBRARY_DIR,
    'GI_TYPELIB_PATH': LIBRARY_DIR,
    'PYTHONPATH': str(SOURCE_ROOT / 'pypeln-glib/overrides/python'),
    'GJS_PATH': str(SOURCE_ROOT / 'pypeln-glib/overrides/js'),
    'G_DEBUG': 'fatal-criticals',
}


def find_programs():
    """Yields where each program stands, its language, its text and what it prints."""
    for path in [SOURCE_ROOT / 'README.md', *sorted((SOURCE_ROOT / 'docs').glob('*.md'))]:
        text = path.read_text(encoding='utf-8')
        blocks = list(BLOCK.finditer(text))
        for block, follower in zip(blocks, [*blocks[1:], None]):
            language = f'{block[2]} {block[1] or ""}'.strip()
            if language not in RUNNERS:
                continue
            line = text.count('\n', 0, block.start()) + 1
            expected = follower if follower is not None and follower[2] == 'text' else None
            yield f'{path.name}-line-{line}', language, block[3], expected


def execute(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == 0, f'{command[0]}: exit status {done.returncode}\n{done.stdout}'
    return done.stdout


def get_gtk_flags():
    """What code that needs GTK is compiled with; nothing where there is no GTK."""
    done = subprocess.run(['pkg-config', '--cflags', 'gtk4 >= 4.8'],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.split()


def compile_c(text, directory, *options):
    source, program = directory / 'program.c', directory / 'program'
    source.write_text(text, encoding='utf-8')
    execute(*COMPILER, '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror', *options,
            str(source), '-o', str(program), *FLAGS, f'-L{LIBRARY_DIR}', '-lpypeln-glib-1')
    return str(program)


def run_c(text, directory):
    return execute(compile_c(text, directory))


def run_fragment(text, directory):
    compile_c(FRAGMENT % ('', text), directory, '-Wno-unused-function')
    return ''


def run_gtk(text, directory):
    compile_c(FRAGMENT % ('#include <gtk/gtk.h>', text), directory, '-c', '-Wno-unused-function',
              *get_gtk_flags())
    return ''


def run_python(text, directory):
    (directory / 'program.py').write_text(text, encoding='utf-8')
    return execute('/usr/bin/python3', str(directory / 'program.py'))


def run_js(text, directory):
    (directory / 'program.js').write_text(text, encoding='utf-8')
    return execute('gjs', '-m', str(directory / 'program.js'))


RUNNERS = {'c': run_c, 'c fragment': run_fragment, 'c gtk': run_gtk, 'python': run_python,
           'python cloudpickle': run_python, 'python gbulb': run_python, 'js': run_js}
NEEDS = {'js': ('gjs', lambda: shutil.which('gjs')), 'c gtk': ('GTK 4', get_gtk_flags),
         'python cloudpickle': ('cloudpickle', lambda: find_spec('cloudpickle')),
         'python gbulb': ('gbulb', lambda: find_spec('gbulb'))}


def check(language, text, expected):
    with tempfile.TemporaryDirectory() as directory:
        got = RUNNERS[language](text, Path(directory)).splitlines()
    if expected is not None:
        wanted = expected[3].splitlines()
        if expected[1] == 'unordered':
            got, wanted = sorted(got), sorted(wanted)
        assert got == wanted, f'it printed {got}, not {wanted}'


def main():
    programs = list(find_programs())
    failed = False
    print(f'1..{len(programs)}')
    for number, (name, language, text, expected) in enumerate(programs, 1):
        needed, is_there = NEEDS.get(language, ('', lambda: True))
        if not is_there():
            print(f'ok {number} /readme/{name} # SKIP {needed} is not installed')
            continue
        try:
            check(language, text, expected)
            print(f'ok {number} /readme/{name}')
        except AssertionError as error:
            failed = True
            print(f'not ok {number} /readme/{name}')
            print('# ' + str(error).replace('\n', '\n# '))
    return 1 if failed else 0


sys.exit(main())
