# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of a module with unittest, and prints what comes of them as TAP."""

import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints a line for each test."""

    failed_by_subtest = None

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

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is None:
            return
        # Neither a success nor a failure of the test is told of then.
        if self.failed_by_subtest is not test:
            self.failed_by_subtest = test
            self.print_point(test, False)
        _subtest, text = (self.failures if issubclass(err[0], test.failureException)
                          else self.errors)[-1]
        print(f'# {subtest}\n{text}'.replace('\n', '\n# '), flush=True)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
