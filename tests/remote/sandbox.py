# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the machines are on which the tests of remote workers run: namespaces of their own for
processes, mounts, networks and host names. The kernel ends all that is in them when the first
process there ends, whatever that dies of; so nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

INSIDE = 'PL_TEST_SANDBOX'
UNSHARE = ['unshare', '--pid', '--mount', '--net', '--uts', '--fork', '--kill-child',
           '--mount-proc']


def skip(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def go_inside():
    """unshare itself ends at SIGKILL alone, and takes with it all that is inside."""
    process = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *UNSHARE, sys.executable,
                                *sys.argv], env={**os.environ, INSIDE: 'yes'})
    try:
        return process.wait()
    finally:
        process.kill()


def end_with_signals():
    """Has what is there to be cleaned up be cleaned up."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *args: sys.exit(1))


def enter():
    """Goes on inside: as the first process there, with an empty /run, and a loopback device."""
    if INSIDE not in os.environ:
        try:
            subprocess.run([*UNSHARE, 'true'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           check=True)
        except OSError as error:
            skip(f'unshare cannot be run: {error}')
        except subprocess.CalledProcessError as error:
            skip(f'no right to have namespaces: {error.stderr.decode().strip()}')
        sys.exit(go_inside())

    call('mount', '-t', 'tmpfs', 'tmpfs', '/run')
    call('ip', 'link', 'set', 'lo', 'up')


def call(*command):
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)


def wait_until(what, condition):
    """Waits for what cannot be waited for otherwise."""
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f'{what} did not come')
        time.sleep(0.01)


def run(program, **variables):
    """Runs a test program, and returns its exit status. The first process of a sandbox has to reap
    whatever loses its parent."""
    process = subprocess.Popen(program, env={**os.environ, **variables})
    try:
        while True:
            pid, status = os.wait()
            if pid == process.pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode
    finally:
        if process.returncode is None:
            process.kill()
