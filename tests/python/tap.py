# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of a module with unittest, and prints what comes of them as TAP."""

import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints a line for each test."""

    def print_point(self, test, ok, comment=''):
        name = test.id().split('.', 1)[-1].replace('.', '/').replace('_', '-')
        print(f'{"ok" if ok else "not ok"} {self.testsRun} /{name}{comment}', flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.print_point(test, True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.print_point(test, True, f' # SKIP {reason}')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.print_point(test, False)
        print('# ' + self.failures[-1][1].replace('\n', '\n# '), flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.print_point(test, False)
        print('# ' + self.errors[-1][1].replace('\n', '\n# '), flush=True)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
