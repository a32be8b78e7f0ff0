# SPDX-License-Identifier: Apache-2.0
# Secrets that are removed or replaced are gone: from the state directory's files and from the daemon's memory.
import os
import pathlib
import shutil
import sys
import tempfile

from harness import Daemon, check, finish, skip

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from chap import Chap
from pdu import LoginRefused, Session

HOST, USER, LIBRARY = 'iqn.2026-01.test:host', 'host', 'library'
OLD, NEW, BACK = 'old-secret-4711', 'new-secret-4712', 'target-secret-13'
OTHER, KEPT = 'iqn.2026-01.test:other', 'kept-secret-4714'

d = Daemon(admit=False)
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '3', '--mailslots', '0')
show = d.json('library', 'show')
target = show['target']


def address():
    portal = d.json('library', 'show')['portals'][0]
    return portal.rsplit(':', 1)[0], int(portal.rsplit(':', 1)[1])


def allow(name, *words, secret, **more):
    return d.run('initiator', 'allow', name, '--chap-user', USER, '--secret-file', '-', *words, stdin=secret.encode() + b'\n')


def login(secret, back=None, name=HOST):
    try:
        Session(address(), target, name, chap=Chap(USER, secret, back)).login().close()
    except LoginRefused as e:
        return e.status
    return 0


def files_with(*secrets):
    """Names of files of the state directory that hold one of them."""
    found = []
    for folder, _, names in os.walk(d.state):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and any(s.encode() in pathlib.Path(path).read_bytes() for s in secrets):
                found.append(os.path.relpath(path, d.state))
    return sorted(found)


def memory_with(*secrets):
    """Where in the daemon's memory one of them is."""
    found = []
    pid = d.process.pid
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as mem:
        for line in maps:
            span, modes, rest = line.split(None, 2)
            if modes[0] != 'r' or '[v' in rest:
                continue
            start, end = (int(n, 16) for n in span.split('-'))
            if end - start > 1 << 32:
                continue  # the shadow of a sanitizer, which mirrors no contents
            tail = b''
            while start < end:
                try:
                    mem.seek(start)
                    data = mem.read(min(end - start, 1 << 22))
                except (OSError, ValueError):
                    break
                if not data:
                    break
                found += [f'{s} at {start:x} of {line.strip()}' for s in secrets if s.encode() in tail + data]
                tail, start = data[-64:], start + len(data)
    return found


try:
    memory_with('x')
    peek = memory_with
except PermissionError:
    skip('the daemon\'s memory', 'it may not be read here')
    peek = None

folder = tempfile.mkdtemp(prefix='evertape-secrets-')
back = os.path.join(folder, 'back')
with open(os.open(back, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
    f.write(BACK)

made = allow(HOST, '--target-secret-file', back, secret=OLD)
check('a rule with two secrets', made.code == 0, made)
check('a second rule with a secret', allow(OTHER, secret=KEPT).code == 0)
check('the host logs in', login(OLD, BACK) == 0)
check('the secrets stand in one file', files_with(OLD) == files_with(BACK) == files_with(KEPT) == ['catalog/secrets'],
      files_with(OLD, BACK, KEPT))
mode = os.stat(os.path.join(d.state, 'catalog', 'secrets')).st_mode & 0o7777
check('only the owner may read the file of secrets', mode == 0o600, oct(mode))
if peek:
    check('the secrets are in memory, where this test can see them', peek(OLD) and peek(BACK) and peek(KEPT))

check('a secret is replaced', allow(HOST, secret=NEW).code == 0)
check('the new secret is valid', (login(OLD), login(NEW, BACK)) == (0x0201, 0))
check('a replaced secret is in no file', files_with(OLD) == [], files_with(OLD))
if peek:
    check('the secret is not in memory either', peek(OLD) == [], '\n'.join(peek(OLD)))
d.kill()
d.start()
check('after a kill the new secret is valid', login(NEW, BACK) == 0)
check('after a kill the old secret is not valid', files_with(OLD) == [], files_with(OLD))
d.must('initiator', 'allow', HOST, '--no-mutual')
check('mutual CHAP taken away: its secret is in no file', files_with(BACK) == [], files_with(BACK))
if peek:
    check('the secret is not in memory either', peek(BACK) == [], '\n'.join(peek(BACK)))
d.must('initiator', 'deny', HOST)
check('a denied host keeps its secret', files_with(NEW) == ['catalog/secrets'])
d.must('initiator', 'remove', HOST)
check('a removed rule\'s secret is in no file', files_with(NEW) == [], files_with(NEW))
if peek:
    check('the secret is not in memory either', peek(NEW) == [], '\n'.join(peek(NEW)))
refused = allow(OTHER, '--target-secret-file', back, '--from', 'nowhere', secret=OLD)
check('a request that is refused leaves none either', refused.code == 1 and files_with(OLD, BACK) == [], refused)
if peek:
    check('the secret is not in memory either', peek(OLD, BACK) == [], '\n'.join(peek(OLD, BACK)))
check('the secrets of other rules are unchanged', login(KEPT, name=OTHER) == 0 and files_with(KEPT) == ['catalog/secrets'])

# --- no dumps ---
with open(f'/proc/{d.process.pid}/limits') as f:
    core = [line.split()[4:6] for line in f if line.startswith('Max core file size')]
check('the daemon leaves no core', core == [['0', '0']], core)

# --- damage ---
path = os.path.join(d.state, 'catalog', 'secrets')
d.stop()
with open(path, 'r+b') as f:
    data = f.read()
    at = data.index(KEPT.encode())
    f.seek(at)
    f.write(b'K')
d.start()
check('a damaged secret lets nobody in', login(KEPT, name=OTHER) == 0x0202 and login('K' + KEPT[1:], name=OTHER) == 0x0202)
check('the log names the rule of the damaged secret', f'the rule of {OTHER} refuses all logins' in d.log(), d.log())
answer = d.run('initiator', 'allow', OTHER)
check('the rule does not become one without CHAP', answer.code == 1 and 'needs a secret' in answer.err, answer)
check('the rule gets a new secret', allow(OTHER, secret=KEPT).code == 0 and login(KEPT, name=OTHER) == 0)
check('the damaged one is overwritten', files_with(KEPT[1:]) == ['catalog/secrets']
      and pathlib.Path(path).read_bytes().count(KEPT[1:].encode()) == 1)
d.stop()
os.unlink(path)
d.start()
check('a lost file of secrets lets nobody in', login(KEPT, name=OTHER) == 0x0202)
check('the library and the other settings of the rule are still there', d.json('library', 'list')['libraries'][0]['name'] == 'demo'
      and d.json('initiator', 'list')['initiators'][0]['authentication'] == 'chap')
shutil.rmtree(folder)

d.end()
finish()
