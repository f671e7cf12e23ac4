# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a test program of remote workers with ssh as what starts them.

`ssh.py loopback PROGRAM` has an sshd on a free port of the loopback device, for the user who runs
it. `ssh.py hosts PROGRAM` has two hosts, which need root: network namespaces with a host name each,
on links of their own, one of which can be cut.
"""

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

import sandbox

SSHD = shutil.which('sshd', path=os.environ['PATH'] + ':/usr/sbin:/usr/local/sbin')
# With that level bash, which sshd starts, leaves the user's own start-up files alone: they may take
# long, or wait for something.
SSHD_CONFIG = '''
Port {port}
ListenAddress {address}
HostKey {directory}/host-key
AuthorizedKeysFile {directory}/user-key.pub
PidFile none
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv SHLVL=2
'''
HOST = '''
Host {name}
  HostName {address}
  Port {port}
'''
ANY_HOST = '''
Host *
  BatchMode yes
  ConnectTimeout {patience}
  ServerAliveInterval 1
  ServerAliveCountMax {patience}
  IdentityFile {directory}/user-key
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {directory}/known-hosts
  HostKeyAlias any
  LogLevel ERROR
'''

# Ends a program, whatever it does, when sshd's process of the connection does.
LEASH = ' setpriv --pdeathsig KILL --'


def write(directory, name, text):
    with open(os.path.join(directory, name), 'w', encoding='utf-8') as file:
        file.write(text)


def make_keys(directory):
    for name in ('host-key', 'user-key'):
        sandbox.call('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', f'{directory}/{name}')
    with open(f'{directory}/host-key.pub', encoding='utf-8') as file:
        write(directory, 'known-hosts', 'any ' + file.read())


def write_client_config(directory, hosts, patience):
    text = ''.join(HOST.format(name=name, address=address, port=port)
                   for name, address, port in hosts)
    write(directory, 'ssh-config', text + ANY_HOST.format(directory=directory, patience=patience))


def is_listening(address, port):
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0


def start_sshd(directory, name, address, port, prefix=()):
    config = SSHD_CONFIG.format(directory=directory, address=address, port=port)
    write(directory, f'sshd-{name}', config)
    command = [*prefix, SSHD, '-D', '-e', '-f', f'{directory}/sshd-{name}']
    log = open(f'{directory}/log-{name}', 'wb') # pylint: disable=consider-using-with
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        sandbox.wait_until('sshd', lambda: process.poll() is not None or
                           is_listening(address, port))
        if process.returncode is None:
            return process
    except TimeoutError:
        process.kill()
    with open(log.name, encoding='utf-8') as file:
        raise RuntimeError(f'sshd did not start: {file.read()}')


def get_launcher(directory, name):
    return f'ssh -F {directory}/ssh-config -T {name}'


def get_wrong_launchers(directory):
    return '\n'.join([
        get_launcher(directory, 'unknown') + '\tCould not resolve hostname',
        get_launcher(directory, 'refused') + '\tConnection refused',
        get_launcher(directory, 'stranger') + '\tPermission denied',
    ])


def find_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return server.getsockname()[1]


def run_on_loopback(program, directory):
    port = find_port()
    make_keys(directory)
    write_client_config(directory, [
        ('here', '127.0.0.1', port),
        ('refused', '127.0.0.1', 1),
        ('unknown', 'no-such-host.invalid', 22),
        ('stranger', '127.0.0.1\n  User no-such-user', port),
    ], patience=20)
    sshd = start_sshd(directory, 'here', '127.0.0.1', port,
                      prefix=['setpriv', '--pdeathsig', 'TERM'])
    try:
        return sandbox.run(program, PL_TEST_LAUNCHERS=get_launcher(directory, 'here'),
                           PL_TEST_WRONG_LAUNCHERS=get_wrong_launchers(directory))
    finally:
        sshd.terminate()


def test_on_loopback(program):
    """sshd of root wants a directory to hide in."""
    hideout = '/run/sshd'
    makes_hideout = os.getuid() == 0 and not os.path.exists(hideout)
    if makes_hideout:
        os.mkdir(hideout, 0o755)
    try:
        with tempfile.TemporaryDirectory() as directory:
            return run_on_loopback(program, directory)
    finally:
        if makes_hideout:
            os.rmdir(hideout)


def make_host(number):
    """Makes a namespace, and the link to it; returns its name and its address."""
    name, link, address = f'host{number}', f'link{number}', f'10.0.{number}'
    sandbox.call('ip', 'netns', 'add', name)
    sandbox.call('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    for where, device, end in ([], link, 1), (['-n', name], 'eth0', 2):
        sandbox.call('ip', *where, 'addr', 'add', f'{address}.{end}/24', 'dev', device)
        sandbox.call('ip', *where, 'link', 'set', device, 'up')
    return name, f'{address}.2'


def test_on_hosts(program):
    sandbox.enter()
    directory = '/run/ssh'
    os.mkdir('/run/sshd', 0o755)
    os.mkdir(directory)
    make_keys(directory)
    hosts = [(*make_host(number), 22) for number in (1, 2)]
    write_client_config(directory, hosts, patience=2)
    for name, address, port in hosts:
        script = f'hostname {name} && exec "$@"'
        start_sshd(directory, name, address, port,
                   prefix=['ip', 'netns', 'exec', name,
                           'unshare', '--uts', 'sh', '-c', script, name])
    launchers = [get_launcher(directory, name) for name, _, _ in hosts]
    mend = f'ip -n host1 link set eth0 up; until {launchers[0]} true; do :; done'
    return sandbox.run(program,
                       PL_TEST_LAUNCHERS='\n'.join(launcher + LEASH for launcher in launchers),
                       PL_TEST_LOST_HOST='host1',
                       PL_TEST_CUT='ip -n host1 link set eth0 down',
                       PL_TEST_MEND=shlex.join(['sh', '-c', mend]))


def check_ssh():
    for tool in ('ssh', 'ssh-keygen', 'setpriv'):
        if shutil.which(tool) is None:
            sandbox.skip(f'there is no {tool}')
    if SSHD is None:
        sandbox.skip('there is no sshd')
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        sandbox.skip('the user has no account, which sshd wants')


def main():
    where, program = sys.argv[1], sys.argv[2:]
    sandbox.end_with_signals()
    check_ssh()
    return {'loopback': test_on_loopback, 'hosts': test_on_hosts}[where](program)


sys.exit(main())
