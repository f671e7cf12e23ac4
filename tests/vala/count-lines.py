# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs examples/vala/count-lines.vala, whose program is the argument, over trees made here."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / 'python'))
import tap

PROGRAM = os.path.abspath(sys.argv[1])
ENVIRONMENT = {**os.environ, 'G_DEBUG': 'fatal-criticals', 'LC_ALL': 'C.UTF-8'}
FILES = {
    'one.txt': b'one line\n',
    'two.txt': b' two\tlines\n of three words',
    'sub/three.txt': 'zw\u00f6lf\n\n'.encode(),
    'sub/none': b'word',
    'sub/.hidden': b'',
    'binary.txt': b'a line\n' * 20000 + b'\0',
}
TABLE = '''\
     files      lines      words        bytes
         3          4          8           43  .txt
         2          0          1            4  (none)
         5          4          9           47  all
'''


def run(*args, **kwargs):
    return subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=ENVIRONMENT, timeout=60, check=False, **kwargs)


def wait_until_it_reads(pid, top):
    """Waits until it has a file of the tree open."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for link in Path(f'/proc/{pid}/fd').iterdir():
            try:
                if os.readlink(link).startswith(f'{top}/') and link.resolve().suffix == '.txt':
                    return
            except FileNotFoundError:
                pass # it has been closed
        time.sleep(0.01)
    raise AssertionError('no file has been read')


class CountLines(unittest.TestCase):
    """Each test has a tree of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        self.top = Path(directory.name)
        (self.top / 'sub').mkdir()
        for name, data in FILES.items():
            (self.top / name).write_bytes(data)
        os.symlink('..', self.top / 'sub/loop.txt')

    def test_adds_up_by_suffix(self):
        for args in [self.top], ['--workers=1', self.top]:
            result = run(*args)
            self.assertEqual(result.stdout, TABLE)
            self.assertEqual((result.stderr, result.returncode), ('', 0))

    def test_takes_the_directory_it_is_in(self):
        self.assertEqual(run(cwd=self.top).stdout, TABLE)

    def test_goes_on_after_what_cannot_be_read(self):
        """As a user who may not read everything; as root there is nothing one may not read."""
        drop = {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}
        (self.top / 'unreadable.txt').touch(0)
        result = run(self.top, **drop)
        self.assertEqual(result.stdout, TABLE)
        self.assertRegex(result.stderr, '^.*/unreadable.txt: .*Permission denied\n$')
        self.assertEqual(result.returncode, 1)

    def test_tells_that_there_is_no_directory(self):
        result = run(self.top / 'missing')
        self.assertEqual((result.stdout, result.returncode), ('', 1))
        self.assertTrue(result.stderr.startswith('stage “walk” (sync source'), result.stderr)

    def test_is_interrupted(self):
        """What it has to read would take it minutes."""
        big = self.top / 'big.txt'
        big.write_bytes(b'a line of it\n' * 5000000)
        for number in range(2000):
            os.link(big, self.top / f'{number}.txt')
        with subprocess.Popen([PROGRAM, self.top], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            wait_until_it_reads(process.pid, self.top)
            process.send_signal(signal.SIGINT)
            output, messages = process.communicate(timeout=60)
        self.assertEqual((messages, process.returncode), ('Interrupted\n', 130))
        self.assertTrue(output.startswith(TABLE.splitlines()[0]), output)

    def test_refuses_wrong_options(self):
        for args in ['--workers=0', '.'], ['.', '.'], ['--magic']:
            self.assertEqual(run(*args).returncode, 2)


tap.main()
