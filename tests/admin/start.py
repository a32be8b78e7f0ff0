#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# How the daemon is started, and what it says when it cannot be.
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from harness import EVERTAPE, EVERTAPED, Daemon, check, finish, skip

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import netns
from pdu import Session

nowhere = tempfile.mkdtemp(prefix='evertape-start-')
state = os.path.join(nowhere, 'state')


def start(*words, seconds=20):
    p = subprocess.Popen([EVERTAPED, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
    # A sanitizer has a word about fibers first.
    return p.returncode, ''.join(line for line in err.splitlines(True) if not re.match(r'==\d+==WARNING: ASan', line))


# --- the command line ---

ROWS = [  # what is wrong, the words, what the message says
    ('an abbreviation of --state', ['--sta', state], 'write --state'),
    ('an abbreviation with its value', [f'--stat={state}'], 'write --state'),
    ('an abbreviation of --listen', ['--state', state, '--list', '127.0.0.1:0'], 'write --listen'),
    ('an abbreviation of a flag', ['--state', state, '--verb'], 'write --verbose'),
    ('an option nobody knows', ['--state', state, '--bogus'], 'bogus'),
    ('--listen without a value', ['--state', state, '--listen'], 'requires an argument'),
    ('one word too many', ['--state', state, 'more'], 'more'),
    ('an empty state directory', ['--state='], 'empty'),
] + [(f'--listen {address!r}', ['--state', state, '--listen', address], says) for address, says in [
    ('', 'empty'),
    ('::1', 'brackets'),
    ('::1:3260', 'brackets'),
    ('fe80::1%lo', '[fe80::1%eth0]:3260'),
    ('[::1', 'closing bracket'),
    ('[::1]3260', "':' and a port"),
    ('[::1]:', 'port'),
    ('[]:3260', 'not an IPv6 address'),
    ('[127.0.0.1]:3260', 'not an IPv6 address'),
    ('[::ffff:127.0.0.1]:3260', 'the IPv4 address 127.0.0.1'),
    ('[ff02::1%lo]:3260', 'multicast'),
    ('[fe80::1]:3260', 'interface'),
    ('[fe80::1%]:3260', "no network interface ''"),
    ('[fe80::1%nope0]:3260', "no network interface 'nope0'"),
    ('[fe80::1%999999]:3260', "no network interface '999999'"),
    ('[::1%lo]:3260', 'only a link-local address'),
    ('[' + '1' * 200 + ']', 'too long'),
    ('127.0.0.1%lo:3260', 'in brackets'),
    ('localhost:3260', 'names are not looked up'),
    ('tape1.example.com', 'names are not looked up'),
    ('127.0.0', 'not an IPv4 address'),
    ('127.0.0.256:3260', 'not an IPv4 address'),
    ('224.0.0.1:3260', 'multicast'),
    ('127.0.0.1:', 'port'),
    ('127.0.0.1:65536', 'port'),
    ('127.0.0.1:-1', 'port'),
    ('127.0.0.1:+1', 'port'),
    ('127.0.0.1:0x10', 'port'),
    ('127.0.0.1: 80', 'port'),
    ('127.0.0.1:iscsi', 'port'),
]]
for what, words, says in ROWS:
    code, err = start(*words)
    lines = [line for line in err.splitlines() if not line.startswith(('usage:', '       '))]
    check(f'{what} is refused with one clear line', code == 2 and len(lines) == 1 and says in lines[0], (code, err))
check('nothing was created', os.listdir(nowhere) == [], os.listdir(nowhere))

for verb, word, whole in [('stream', '--over', '--overwrite'), ('stream', '--cou=3', '--count'),
                          ('passport', '--time', '--timeout'), ('passport', '--allow', '--allow-removed')]:
    words = [verb, 'show'] if verb == 'passport' else [verb]
    p = subprocess.run([EVERTAPE, *words, '127.0.0.1:1', word, '1'], capture_output=True, text=True)
    check(f'evertape {verb} {word} is refused and names {whole}', p.returncode == 2 and p.stderr.rstrip().endswith('write ' + whole), p.stderr)

# --- a port that is taken ---


def said(err):
    return [line for line in err.splitlines() if line.strip()]


def snapshot(path):
    return sorted((str(p), p.lstat().st_mtime_ns, p.lstat().st_size) for p in [path, *path.rglob('*')])


taken = socket.create_server(('127.0.0.1', 0))
place = '127.0.0.1:%d' % taken.getsockname()[1]
served = []  # whether anybody ever found the control socket


def look():
    while not over.is_set():
        served.extend(['yes'] if os.path.exists(os.path.join(state, 'control.sock')) else [])
        over.wait(0.002)


for sort in ('a state directory that is not there yet', 'one with a library'):
    over = threading.Event()
    watcher = threading.Thread(target=look)
    if sort == 'one with a library':
        os.mkdir(state)
        d = Daemon(state)
        d.must('library', 'create', 'prod', '--drives', '1', '--slots', '2')
        d.stop()
        before = snapshot(pathlib.Path(state))
    watcher.start()
    began = time.monotonic()
    code, err = start('--state', state, '--listen', '127.0.0.1:0', '--listen', place)
    took = time.monotonic() - began
    over.set()
    watcher.join()
    check(f'{sort}: a port in use ends the start with 1 and one line', code == 1 and len(said(err)) == 1, (code, err))
    check('the line names the port and its process', f'cannot listen on {place}: ' in err and f'process {os.getpid()} (' in err, err)
    check('the start has waited a short time for the port', 1 < took < 15, took)
    check('"ready" was not logged', 'ready' not in err, err)
    check('no operator was served', not served)
    if sort == 'one with a library':
        check('nothing has changed', snapshot(pathlib.Path(state)) == before)
    else:
        check('nothing was created', not os.path.exists(state))

late = threading.Timer(1, taken.close)
late.start()
d = Daemon(state, listen=(place,))
check('a port that becomes free in time is taken', d.logs(rf'listening on {place}$'), d.log())
late.join()
for _ in range(3):
    d.kill()
    d.start()
check('a daemon that was killed gives its port to the next at once', d.alive(), d.log())
code, err = start('--state', state, '--listen', place)
check('a second daemon is told which process has the port', code == 1 and f'process {d.process.pid} (evertaped)' in err, (code, err))
code, err = start('--state', state, '--listen', '127.0.0.1:0')
check('with another port the second daemon is told which process uses the state directory',
          code == 1 and f'in use by process {d.process.pid}' in err, err)
d.stop()
began = time.monotonic()
code, err = start('--state', state, '--listen', place, '--listen', '0.0.0.0:' + place.split(':')[1])
check('two of its own addresses in conflict are named as such', code == 1 and 'another listen address' in err, (code, err))

# --- an address that is not there ---

code, err = start('--state', state, '--listen', '192.0.2.77:0')
check('no address of this machine: it does not start', code == 1 and said(err) == [
    'evertaped: cannot listen on 192.0.2.77:0: this machine has no such address'], (code, err))
d = Daemon(state, listen=('192.0.2.77:0', '127.0.0.1:0', '[2001:db8::77]:0'))
check('one of several: the others are served', d.alive() and d.logs(r'listening on 127\.0\.0\.1:\d+$'), d.log())
for address in ('192.0.2.77:0', '[2001:db8::77]:0'):
    check(f'a warning names {address}', d.logs(rf'warning: this machine has no address {re.escape(address)} yet'), d.log())
d.stop()

# --- logins while it starts ---

d = Daemon(state)
d.must('library', 'create', 'many', '--drives', '1', '--slots', '3000')
d.must('cartridge', 'create', '--count', '3000', '--prefix', 'M', '--library', 'many')
target = d.json('library', 'show', 'many')['target']
d.stop()
probe = socket.create_server(('127.0.0.1', 0))
port = probe.getsockname()[1]
probe.close()
d.listen = (f'127.0.0.1:{port}',)
early, connected = [], []


def knock():
    """Connects as soon as that works, and logs in."""
    for _ in range(20000):
        try:
            s = Session(('127.0.0.1', port), target, timeout=60)
        except OSError:
            time.sleep(0.002)
            continue
        connected.append(time.monotonic())
        try:
            s.login()
            early.append('in')
            s.close()
        except Exception as e:
            early.append(repr(e))
        return


host = threading.Thread(target=knock)
host.start()
d.start()
ready = time.monotonic()
host.join(60)
check('a host that connects while the daemon starts is let in', early == ['in'], early)
print(f'# it connected {ready - connected[0]:.3f} s before the daemon was ready')
d.stop()

# --- a link-local address ---

if netns.enter():
    netns.add('fe80::1')
    d = Daemon(state, listen=('[fe80::1%lo]:0', '[::1]:0'))
    found = re.search(r'listening on \[fe80::1%lo\]:(\d+)\n', d.log())
    check('a link-local address with its interface is listened on', found, d.log())
    s = Session(('fe80::1%lo', int(found[1])), None)
    s.login()
    portals = s.send_targets()[target]
    check('hosts are told of it without our name for the interface', f'[fe80::1]:{found[1]},1' in portals, portals)
    check('status shows it as it was given', f'[fe80::1%lo]:{found[1]}' in d.must('status').out, d.must('status'))
    check('a session from there is shown with the interface',
          d.json('session', 'list')['sessions'][0]['address'].startswith('[fe80::1%lo]:'), d.json('session', 'list'))
    s.close()
    with_port = re.search(r'listening on \[::1\]:(\d+)\n', d.log())
    s = Session(('::1', int(with_port[1])), None)
    s.login()
    portals = s.send_targets()[target]
    check('hosts of other links are not told of it', not [p for p in portals if 'fe80' in p], portals)
    s.close()
    d.stop()
else:
    skip('link-local addresses', 'needs root')

# --- no more threads than the user may have ---

if os.geteuid() == 0:
    with tempfile.TemporaryDirectory(prefix='evertape-start-') as folder:
        pathlib.Path(folder, 'evertaped.conf').write_text('workers = 4\n')
        os.chown(folder, 65534, 65534)
        # The leak check of the address sanitizer needs a thread of its own.
        env = dict(os.environ, ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')
        done = subprocess.run(['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'prlimit', '--nproc=1:1',
                               EVERTAPED, '--state', folder, '--listen', '127.0.0.1:0'], capture_output=True, text=True,
                              env=env, timeout=60)
        check('a worker that gets no thread ends the daemon, which says so and what to do',
              done.returncode == 1 and 'cannot start worker thread 1' in done.stderr and 'ulimit -u' in done.stderr, done)
else:
    skip('a limit of threads', 'needs root')

shutil.rmtree(nowhere)
finish()
