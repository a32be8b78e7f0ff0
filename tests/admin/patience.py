#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# How long the command waits for a daemon, what it says when the time is over, and how it ends when it is told to.
import errno
import json
import os
import signal
import socket
import subprocess
import time

from harness import EVERTAPE, Daemon, check, finish

d = Daemon()
d.must('library', 'create', 'prod', '--drives', '1', '--slots', '40')
d.must('cartridge', 'create', '--count', '30', '--prefix', 'PRD')


def shell(words, **more):
    return subprocess.run(['bash', '-c', f'set -o pipefail; evertape() {{ {EVERTAPE} --state {d.state} "$@"; }}; {words}'],
                          capture_output=True, text=True, timeout=120, **more)


def caught(pid):
    """The signals a process has handlers for, as bits."""
    with open(f'/proc/{pid}/status') as f:
        return int(next(line.split()[1] for line in f if line.startswith('SigCgt')), 16)


# --- readers that leave ---
for words in ('cartridge list', '--json cartridge list', 'help', 'library show', 'cartridge list --help'):
    ran = shell(f'evertape {words} | head -1')
    check(f'a reader that leaves is no failure: {words}', ran.returncode == 0 and not ran.stderr and ran.stdout.count('\n') == 1,
          ran)
    ran = shell(f'{{ sleep 0.2; evertape {words}; }} | true')
    check(f'nor one that never read: {words}', ran.returncode == 0 and not ran.stderr, ran)
ran = shell('evertape top | head -1')
check('top ends when its reader has left', ran.returncode == 0 and not ran.stderr, ran)
for words in ('cartridge list', 'help', '--json status'):
    ran = shell(f'evertape {words} >/dev/full')
    check(f'a full disk is: {words}', ran.returncode == 1 and 'No space left' in ran.stderr and ran.stderr.count('\n') == 1, ran)

# --- a daemon that does not answer ---
d.process.send_signal(signal.SIGSTOP)
try:
    for words, seconds in ((['status'], 10), (['--timeout', '1', 'status'], 1), (['cartridge', 'list', '--timeout=2'], 2),
                           (['--timeout', '1', 'cartridge', 'protect', 'PRD001L8'], 1)):
        began = time.monotonic()
        said = d.run(*words)
        took = time.monotonic() - began
        line = f'evertape: evertaped did not answer within {seconds} s: it is stopped or busy; see --timeout'
        check(f'{" ".join(words)}: ends in time with a clear line', said.code == 1 and took >= seconds - 0.1
              and said.err.startswith(line) and said.err.count('\n') == 1, (took, said))
        check(f'{" ".join(words)}: and says whether the act may still come', ('may still be carried out' in said.err) ==
              ('protect' in words), said)
    said = d.run('--json', '--timeout', '1', 'status')
    check('a timeout has its own error code', said.code == 1 and said.json['error']['code'] == 'timeout', said)
    # What changes things waits as long as it takes; ^C ends it.
    for number in (signal.SIGINT, signal.SIGTERM):
        p = subprocess.Popen([EVERTAPE, '--state', d.state, '--json', 'drive', 'load', '1', 'PRD001L8'], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        while not caught(p.pid) >> (number - 1) & 1 and p.poll() is None:
            time.sleep(0.02)
        p.send_signal(number)
        out, err = p.communicate(timeout=60)
        check(f'signal {number} ends it with 130', p.returncode == 130 and err == 'evertape: interrupted\n'
              and json.loads(out)['error']['code'] == 'interrupted', (p.returncode, out, err))
    # Its queue of connections is full: not even that is waited for without end.
    crowd, full = [], False
    while not full and len(crowd) < 5000:
        crowd.append(socket.socket(socket.AF_UNIX))
        crowd[-1].setblocking(False)
        full = crowd[-1].connect_ex(os.path.join(d.state, 'control.sock')) == errno.EAGAIN
    said = d.run('--timeout', '1', 'status')
    check('a full queue of connections ends in time, too', full and said.code == 1 and 'within 1 s' in said.err, said)
    for s in crowd:
        s.close()
finally:
    d.process.send_signal(signal.SIGCONT)
end = time.monotonic() + 60
while (said := d.run('--timeout', '60', 'status')).code and 'too many' in said.err and time.monotonic() < end:
    time.sleep(0.05)  # until it has seen that the others have gone
check('the daemon answers again', said.code == 0, said)

for words in (['--timeout', 'x', 'status'], ['--timeout', '-1', 'status'], ['status', '--timeout'], ['--timeout'],
              ['status', '--timeout', '100000'], ['--timeout', '5', 'stream', '127.0.0.1:1']):
    said = d.run(*words)
    check(f'refused: {" ".join(words)}', said.code == 2 and '--timeout' in said.err and said.err.count('\n') == 1, said)
check('--timeout 0 is no limit', d.run('--timeout', '0', 'status').code == 0)
d.end()
finish()
