# SPDX-FileCopyrightText: 2026 The pypeln-glib authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a test program of remote workers with Slurm's srun as what starts them.

`slurm.py remote PROGRAM` and `slurm.py hosts PROGRAM` have a Slurm with two nodes, both of which
are this machine, and one allocation of both. It needs root, and is all in namespaces of its own,
the host name included.
"""

import os
import shutil
import subprocess
import sys

import sandbox

DIRECTORY = '/run/slurm'
CONFIG = '''
ClusterName=test
SlurmctldHost=slurmhost(10.0.1.1)
SlurmctldPort=6817
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdLogFile={directory}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=10
InactiveLimit=30
KillWait=2
MinJobAge=10
SlurmdParameters=config_overrides
NodeName=node[1-2] NodeHostname=slurmhost NodeAddr=10.0.1.1 Port=[7001-7002] CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
'''
# Has one allocation of both nodes, a new one if there is one. A node that was down may come back by
# itself before it is told to.
ALLOCATE = '''#!/bin/sh
scancel --quiet --name=test
scontrol update nodename=node1 state=resume 2>/dev/null
until [ "$(sinfo -h -o '%T %D')" = 'idle 2' ]; do sleep 0.05; done
timeout 20 salloc -Q -k -N2 -n8 --no-shell -J test || exit
squeue -h -n test -t running -o %A >{directory}/job
'''
LAUNCH = '''#!/bin/sh
exec srun -Q -u -N1 -n1 -c1 --exact --jobid="$(cat {directory}/job)" "$@"
'''
TOOLS = ('slurmctld', 'slurmd', 'sinfo', 'salloc', 'squeue', 'srun', 'scontrol', 'scancel', 'ip',
         'unshare', 'setpriv')


def write_script(name, text):
    path = f'{DIRECTORY}/{name}'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.format(directory=DIRECTORY))
    os.chmod(path, 0o755)
    return path


def start(*command):
    log = f'{DIRECTORY}/{command[-1]}.out'
    with open(log, 'wb') as file:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)


def start_slurm():
    sandbox.call('hostname', 'slurmhost')
    sandbox.call('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
    sandbox.call('ip', 'addr', 'add', '10.0.1.1/24', 'dev', 'eth0')
    for device in ('eth0', 'eth1'):
        sandbox.call('ip', 'link', 'set', device, 'up')
    os.mkdir(DIRECTORY)
    os.environ['SLURM_CONF'] = f'{DIRECTORY}/slurm.conf'
    with open(os.environ['SLURM_CONF'], 'w', encoding='utf-8') as file:
        file.write(CONFIG.format(directory=DIRECTORY))

    start('slurmctld', '-D', '-c', '-i')
    for node in ('node1', 'node2'):
        start('slurmd', '-D', '-N', node)


def main():
    what, program = sys.argv[1], sys.argv[2:]
    sandbox.end_with_signals()
    os.environ['PATH'] += ':/usr/sbin'
    for tool in TOOLS:
        if shutil.which(tool) is None:
            sandbox.skip(f'there is no {tool}')
    sandbox.enter()
    start_slurm()
    launch = write_script('launch', LAUNCH)
    allocate = write_script('allocate', ALLOCATE)
    sandbox.call('timeout', '60', allocate)
    if what == 'remote':
        return sandbox.run(program, PL_TEST_LAUNCHERS=launch,
                           PL_TEST_WRONG_LAUNCHERS=f'{launch} -w node7\tnot available\n'
                                                   f'{launch} --jobid=7\tInvalid job id')
    return sandbox.run(program,
                       PL_TEST_LAUNCHERS=f'{launch} -w node1\n{launch} -w node2',
                       PL_TEST_LOST_HOST='node1',
                       PL_TEST_CUT='scontrol update nodename=node1 state=down reason=test',
                       PL_TEST_MEND=allocate)


sys.exit(main())
