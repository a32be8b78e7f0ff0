#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The daemon under a journal: in a mount namespace of its own, where this program is the journal.
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from harness import BUILD, EVERTAPE, EVERTAPED, check, finish, skip

ROOT = pathlib.Path(__file__).resolve().parents[2]

# --- the shipped service file (no service manager runs here: what it must say is looked at) ---
unit = dict(line.split('=', 1) for line in (ROOT / 'contrib/systemd/evertaped.service').read_text().splitlines()
            if '=' in line and not line.startswith('#'))
check('the service keeps people apart: no user namespace hides their numbers', unit.get('PrivateUsers', 'no') == 'no', unit)
check('and does not start bad settings again', unit.get('RestartPreventExitStatus') == '2', unit)
check('nor anything for ever', int(unit['StartLimitIntervalSec']) > 0 and int(unit['StartLimitBurst']) > 0, unit)

if 'EVERTAPE_IN_NAMESPACE' not in os.environ:
    if os.geteuid() != 0 or not shutil.which('unshare') or subprocess.run(
            ['unshare', '--mount', 'mount', '-t', 'tmpfs', 'none', '/run'], capture_output=True).returncode:
        skip('lines in the journal', 'needs root and a mount namespace')
        finish()
    os.execvpe('unshare', ['unshare', '--mount', sys.executable, __file__, str(BUILD)],
               {**os.environ, 'EVERTAPE_IN_NAMESPACE': '1'})

subprocess.run(['mount', '-t', 'tmpfs', 'none', '/run'], check=True)
os.makedirs('/run/systemd/journal')
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind('/run/systemd/journal/socket')
entries, stream = [], b''
ours, theirs = socket.socketpair()  # the stream that a service has as its stderr
state = tempfile.mkdtemp(prefix='evertape-journal-')
at = os.fstat(theirs.fileno())


def start(**environment):
    return subprocess.Popen([EVERTAPED, '--state', state, '--listen', '127.0.0.1:0'], stderr=theirs,
                            env={**os.environ, 'JOURNAL_STREAM': f'{at.st_dev}:{at.st_ino}', **environment})


def take(seconds):
    global stream
    for s in select.select([s for s in (journal, ours) if s], [], [], seconds)[0]:
        data = s.recv(65536)
        if s is ours:
            stream += data
        else:
            entries.append(dict(line.split('=', 1) for line in data.decode().splitlines()))


def wait(found, seconds=60):
    end = time.monotonic() + seconds
    while not found() and time.monotonic() < end:
        take(0.1)
    return found()


def entry(**fields):
    return next((e for e in entries if all(re.search(v, e.get(k, '')) for k, v in fields.items())), None)


def evertape(*words):
    p = subprocess.Popen([EVERTAPE, '--state', state, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait(lambda: p.poll() is not None)
    return p.communicate()[0]


d = start()
check('ready stays on stderr, and nothing else does', wait(lambda: b'ready\n' in stream)
      and [line for line in stream.splitlines() if b'Sanitizer' not in line and not line.startswith(b'==')] == [b'ready'], stream)
check('the start is there, with its priority', wait(lambda: entry(EVERTAPE_EVENT='^start$', PRIORITY='^6$',
                                                                  SYSLOG_IDENTIFIER='^evertaped$')), entries)
check('no line has a time of its own', all(not e['MESSAGE'].startswith('20') for e in entries), entries)
evertape('library', 'create', 'prod', '--drives', '1', '--slots', '2')
evertape('cartridge', 'create', '--count', '2', '--prefix', 'PRD')
evertape('drive', 'load', '1', 'PRD001L8')
load = wait(lambda: entry(EVERTAPE_EVENT='^load$'))
check('a load has cartridge, library, drive and person as fields', load and load['EVERTAPE_CARTRIDGE'] == 'PRD001L8'
      and load['EVERTAPE_LIBRARY'] == 'prod' and load['EVERTAPE_DRIVE'] == '1'
      and load['EVERTAPE_USER'].startswith('root (uid 0, pid ') and 'EVERTAPE_SESSION' not in load, load or entries)
control = wait(lambda: entry(EVERTAPE_EVENT='^control$', MESSAGE='drive.load'))
check('so has what was asked for', control and control['EVERTAPE_CARTRIDGE'] == 'PRD001L8', control or entries)
d.kill()
d.wait()
stream = b''
d = start()
unclean = wait(lambda: entry(EVERTAPE_EVENT='^unclean-stop$'))
check('a warning has its priority', unclean and unclean['PRIORITY'] == '4' and unclean['MESSAGE'].startswith('warning: '),
      unclean or entries)
wait(lambda: b'ready\n' in stream)
shutil.rmtree(os.path.join(state, 'cartridges', 'PRD001L8'))
d.kill()
d.wait()
stream = b''
d = start()
lost = wait(lambda: entry(PRIORITY='^3$', EVERTAPE_CARTRIDGE='^PRD001L8$'))
check('an error about a cartridge is found by its barcode', lost is not None, entries)
check('and it gets ready', wait(lambda: b'ready\n' in stream), stream)

# --- a journal that does not answer ---
journal.close()
os.unlink('/run/systemd/journal/socket')
stream = b''
told = subprocess.run([EVERTAPE, '--state', state, 'initiator', 'deny', 'iqn.2026-01.test:x'], capture_output=True)
journal = None
end = time.monotonic() + 60
while b'initiator.deny' not in stream and time.monotonic() < end:
    take(0.1)
check('without the journal lines go to its stream, with the priority before them',
      told.returncode == 0 and re.search(rb'^<6>root .*initiator\.deny', stream, re.M), (told, stream))

d.terminate()
check('the daemon ends well', d.wait(30) == 0)
bad = subprocess.Popen([EVERTAPED, '--state', state, '--nonsense'], stderr=subprocess.PIPE, text=True)
check('bad usage on a terminal is told as ever', 'evertaped' in bad.communicate()[1] and bad.returncode == 2)
shutil.rmtree(state)
finish()
