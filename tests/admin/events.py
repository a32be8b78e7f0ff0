#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What persons do is in the log: one line for each event, with who did it and when.
import os
import re
import subprocess

from harness import EVERTAPED, Daemon, check, finish

d = Daemon()
d.must('library', 'create', 'prod', '--drives', '2', '--slots', '4', '--mailslots', '1')
d.must('cartridge', 'create', '--count', '2', '--prefix', 'PRD')
me = rf'root \(uid {os.getuid()}, pid \d+\)'
STAMP = r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d '


def said(sentence, pattern):
    check(sentence, d.logs(pattern), pattern + '\n' + d.log()[-3000:])


check('ready is alone on its line', 'ready\n' in d.lines, d.log())
said('a start is an event', STAMP + rf'evertaped [\d.]+ serves {re.escape(d.state)}$')
said('what a person asked for is logged with who it was',
     STAMP + me + r': library.create name="prod" drives=2 slots=4 mailslots=1$')

ROWS = [  # words, what each makes known
    (('drive', 'load', '1', 'PRD001L8'), 'library prod: cartridge PRD001L8 moved from slot:1 to drive:1',
     'library prod: drive:1: cartridge PRD001L8 loaded'),
    (('drive', 'unload', '1'), 'library prod: drive:1: cartridge PRD001L8 unloaded',
     'library prod: cartridge PRD001L8 moved from drive:1 to slot:1'),
    (('cartridge', 'move', 'PRD002L8', 'mailslot:1'), 'library prod: cartridge PRD002L8 moved from slot:2 to mailslot:1'),
    (('mailslot', 'open'), 'library prod: cartridge PRD002L8 moved from mailslot:1 to the vault'),
    (('mailslot', 'close', 'PRD002L8'), 'library prod: cartridge PRD002L8 moved from the vault to mailslot:1'),
]
for words, *lines in ROWS:
    d.must(*words)
    for line in lines:
        said(f'{" ".join(words)}: {line}', STAMP + me + ': ' + re.escape(line) + '$')
for line in [line for words, *lines in ROWS for line in lines]:
    check(f'logged once: {line}', d.log().count(line) == 1, d.log())

refused = d.run('drive', 'load', '2', 'PRD009L8')
said('a refusal is logged with its reason', me + r': drive.load drive=2 barcode="PRD009L8" refused: .*PRD009L8')

# --- who it was ---
d.must('drive', 'load', '1', 'PRD001L8', env={**os.environ, 'SUDO_USER': 'anna'})
said('under sudo the person is named, as the client\'s own word',
     r'root \(uid 0, pid \d+, claims sudo by anna\): library prod: cartridge PRD001L8 moved')
d.must('drive', 'unload', '1', env={**os.environ, 'SUDO_USER': "an'na\n(uid 7)"})
said('a name that cannot be one is not sent', me + ': library prod: drive:1: cartridge PRD001L8 unloaded')

d.stop()
said('a stop is an event', STAMP + 'stopping: SIGTERM received$')
check('every line except ready has its time',
      all(re.match(STAMP, line) for line in d.lines if line != 'ready\n' and not line.startswith('==')), d.log())

# --- a stop that was not clean ---
UNCLEAN = 'the last stop was not clean'
d.start()
d.must('drive', 'load', '1', 'PRD001L8')
check('a clean stop is not called unclean', UNCLEAN not in d.log(), d.log())
d.kill()
d.start()
said('after a kill the next start says which cartridges were in drives, and what is kept of them',
     STAMP + f'warning: {UNCLEAN}' + r' \(kill, crash or power failure\); data written before the last sync point are kept: '
     r'PRD001L8 in drive:1 of library prod, 0 objects kept$')
d.must('drive', 'unload', '1')
d.kill()
d.start()
said('also when there were none', UNCLEAN + '.*: no cartridge was in a drive$')
d.stop()
d.start()
check('an unclean stop is logged once', UNCLEAN not in d.log(), d.log())
d.kill()
broken = subprocess.run([EVERTAPED, '--state', d.state, '--listen', '192.0.2.1:1'], capture_output=True, text=True)
check('a start that fails', broken.returncode == 1 and 'cannot listen' in broken.stderr, broken)
d.start()
check('a failed start is logged', (UNCLEAN in broken.stderr) != (UNCLEAN in d.log()), broken.stderr + d.log())

# --- exit codes ---
conf = os.path.join(d.state, 'evertaped.conf')
for setting in ('workers = many', 'nonsense = 1', 'listen = nowhere'):
    with open(conf, 'w') as f:
        f.write(setting + '\n')
    bad = subprocess.run([EVERTAPED, '--state', d.state], capture_output=True, text=True)
    check(f'a bad setting ends with 2: {setting}', bad.returncode == 2 and bad.stderr.startswith('evertaped: ')
          and len(bad.stderr.splitlines()) == 1, bad)
os.unlink(conf)
bad = subprocess.run([EVERTAPED, '--stat', d.state], capture_output=True, text=True)
check('bad usage ends with 2', bad.returncode == 2, bad)
d.end()
finish()
