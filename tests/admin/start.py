#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# How the daemon is started, and what it says when it cannot be.
import os
import subprocess
import tempfile

from harness import EVERTAPE, EVERTAPED, check, finish

nowhere = tempfile.mkdtemp(prefix='evertape-start-')
state = os.path.join(nowhere, 'state')


def start(*words, seconds=20):
    p = subprocess.Popen([EVERTAPED, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, err = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
    return p.returncode, err


# --- the command line ---

ROWS = [  # what is wrong, the words, what the message says
    ('an abbreviation of --state', ['--sta', state], '--state?'),
    ('an abbreviation with its value', [f'--stat={state}'], '--state?'),
    ('an abbreviation of --listen', ['--state', state, '--list', '127.0.0.1:0'], '--listen?'),
    ('an abbreviation of a flag', ['--state', state, '--verb'], '--verbose?'),
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
    ('[::1]3260', ': and the port'),
    ('[::1]:', 'port'),
    ('[]:3260', 'no IPv6 address'),
    ('[127.0.0.1]:3260', 'no IPv6 address'),
    ('[::ffff:127.0.0.1]:3260', 'written as one: 127.0.0.1'),
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
    ('127.0.0', 'no IPv4 address'),
    ('127.0.0.256:3260', 'no IPv4 address'),
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
check('and nothing was made', os.listdir(nowhere) == [], os.listdir(nowhere))

for verb, word, whole in [('stream', '--over', '--overwrite'), ('stream', '--cou=3', '--count'),
                          ('passport', '--time', '--timeout'), ('passport', '--allow', '--allow-removed')]:
    words = [verb, 'show'] if verb == 'passport' else [verb]
    p = subprocess.run([EVERTAPE, *words, '127.0.0.1:1', word, '1'], capture_output=True, text=True)
    check(f'evertape {verb} {word} is refused and names {whole}', p.returncode == 2 and whole + '?' in p.stderr, p.stderr)

os.rmdir(nowhere)
finish()
