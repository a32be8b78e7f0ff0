# SPDX-License-Identifier: Apache-2.0
# What the daemon gives up when root starts it, and which state directories it does not touch.
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

from harness import EVERTAPED, Daemon, check, finish, skip

place = tempfile.mkdtemp(prefix='evertape-privileges-')
os.chmod(place, 0o755)
state = os.path.join(place, 'state')


def start(*words, **more):
    """A start that is refused: exit code and what was said."""
    p = subprocess.run([EVERTAPED, '--listen', '127.0.0.1:0', *words], capture_output=True, text=True, timeout=30, **more)
    return p.returncode, p.stderr


def refused(what, code_and_said, *parts, code=1):
    got, said = code_and_said
    lines = [line for line in said.splitlines() if not line.startswith(('usage:', '       '))]
    check(what, got == code and len(lines) == 1 and lines[0].startswith('evertaped: ')
          and all(part in lines[0] for part in parts), f'exit {got}\n{said}')


# --- directories that others may change ---
for mode in (0o777, 0o775, 0o757, 0o1777, 0o722):
    os.mkdir(state)
    os.chmod(state, mode)
    with open(os.path.join(state, 'evertaped.conf'), 'w') as f:
        f.write('no such setting\n')
    refused(f'a state directory of mode {mode:04o} is refused, with the chmod to do, and no file in it is read',
            start('--state', state), f'mode {mode:04o}', f'chmod go-w {state}')
    check('nothing was created in the refused directory', os.listdir(state) == ['evertaped.conf'])
    shutil.rmtree(state)
for mode in (0o700, 0o750, 0o755, 0o2750):
    os.mkdir(state)
    os.chmod(state, mode)
    d = subprocess.Popen([EVERTAPED, '--state', state, '--listen', '127.0.0.1:0'], stderr=subprocess.PIPE, text=True)
    check(f'a directory of mode {mode:04o} is accepted', any(line.strip() == 'ready' for line in d.stderr))
    d.terminate()
    d.communicate(timeout=20)
    shutil.rmtree(state)

refused('a user that is none', start('--state', state, '--user', 'no-such-user-here'), 'no user no-such-user-here')
refused('an empty user', start('--state', state, '--user', ''), '--user', code=2)
refused('a user longer than names are', start('--state', state, '--user', 'x' * 64), '--user', code=2)
check('nothing was created', not os.path.exists(state))

if os.geteuid() != 0:
    skip('giving up root', 'needs root')
    shutil.rmtree(place)
    finish()

nobody = pwd.getpwnam('nobody')


def tasks(d):
    """The status of every thread, as dicts."""
    for path in pathlib.Path(f'/proc/{d.process.pid}/task').glob('*/status'):
        try:
            yield dict(line.split(':', 1) for line in path.read_text().splitlines() if ':' in line)
        except FileNotFoundError:
            pass  # it has ended


def given_up(d):
    """What a thread still has that it should not, '' for nothing."""
    for t in tasks(d):
        values = {k: t[k].split() for k in ('Uid', 'Gid', 'Groups', 'CapPrm', 'CapEff', 'CapInh', 'CapBnd', 'CapAmb',
                                           'NoNewPrivs')}
        for name, wanted in (('Uid', {str(nobody.pw_uid)}), ('Gid', {str(nobody.pw_gid)}), ('NoNewPrivs', {'1'})):
            if set(values[name]) != wanted:
                return f'{name} {values[name]}'
        if not set(values['Groups']) <= {str(nobody.pw_gid)}:
            return f'Groups {values["Groups"]}'
        for name in ('CapPrm', 'CapEff', 'CapInh', 'CapBnd', 'CapAmb'):
            if int(values[name][0], 16):
                return f'{name} {values[name]}'
    return ''


def settled(d):
    check('every thread is that user\'s, without capabilities, for good', given_up(d) == '', given_up(d))


# --- becoming another user ---
d = Daemon(state, words=('--user', 'nobody'))
settled(d)
check('the state directory is made for it', os.stat(state).st_uid == nobody.pw_uid and os.stat(state).st_mode & 0o777 == 0o750)
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '4')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8')
for number in (1, 2):
    d.must('drive', 'load', str(number), f'E0000{number}L8')
secret = os.path.join(place, 'secret')
with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
    f.write('wordsofmine12')
d.must('initiator', 'allow', 'iqn.2026-01.test:a', '--secret-file', secret)
portal = d.json('library', 'show')['portals'][0]
stream = d.run('stream', portal, '--size', '20M', '--overwrite')
check('it streams', stream.code == 0, stream)
settled(d)
loose = [os.path.join(folder, name) for folder, _, names in os.walk(state) for name in names
         if os.lstat(os.path.join(folder, name)).st_uid != nobody.pw_uid]
check('all files belong to the user', not loose, loose)
check('the user cannot read the daemon\'s memory', os.stat(f'/proc/{d.process.pid}/environ').st_uid == 0
      or os.stat(f'/proc/{d.process.pid}/mem').st_uid == 0)
check('no warning about root is logged', 'running as root' not in d.log(), d.log())
d.kill()
d.start()
check('the daemon starts again', d.alive() and d.json('cartridge', 'list')['cartridges'][0]['barcode'] == 'E00001L8')
settled(d)
code, _ = d.stop()
check('the daemon stops', code == 0)

# --- the same by a setting, with a port below 1024 ---
with open(os.path.join(state, 'evertaped.conf'), 'w') as f:
    f.write('user = nobody\n')
low = None
for port in range(1023, 900, -1):
    try:
        socket.create_server(('127.0.0.1', port)).close()
        low = port
        break
    except OSError:
        pass
if low is None:
    skip('a port below 1024', 'none is free here')
else:
    d = Daemon(state, listen=(f'127.0.0.1:{low}', '127.0.0.1:0'))
    check('a port below 1024 is bound first', f'127.0.0.1:{low}' in d.json('library', 'show')['portals'], d.log())
    settled(d)
    d.stop()
refused('the command line wins over the setting', start('--state', state, '--user', 'daemon'), 'belongs to nobody')
os.unlink(os.path.join(state, 'evertaped.conf'))

# --- whose directory it is ---
refused('another user\'s directory is not root\'s to serve', start('--state', state), f'{state} belongs to nobody',
        '--user nobody', f'chown -R root: {state}')
refused('nor a third one\'s', start('--state', state, '--user', 'daemon'), f'{state} belongs to nobody, not to daemon',
        f'chown -R daemon: {state}')
for name in ('lock', 'catalog', 'catalog/data.mdb', 'catalog/secrets', 'cartridges', 'identity.json'):
    path = os.path.join(state, name)
    os.chown(path, 0, 0)
    refused(f'{name} of another user is noticed', start('--state', state, '--user', 'nobody'), f'{path} belongs to root',
            f'chown -R nobody: {state}')
    os.chown(path, nobody.pw_uid, nobody.pw_gid)
other = os.path.join(place, 'closed')
os.mkdir(other, 0o700)
refused('a directory the user cannot get to is named', start('--state', os.path.join(other, 'state'), '--user', 'nobody'),
        'user nobody cannot reach', 'chmod o+x')
deep = os.path.join(place, 'a', 'b', 'state')
d = Daemon(deep, words=('--user', 'nobody'))
check('directories above it are made so that the user gets there', d.alive())
d.stop()


def demoted():
    os.setgroups([])
    os.setresgid(1, 1, 1)
    os.setresuid(1, 1, 1)


program = shutil.copy(EVERTAPED, place)
own = os.path.join(place, 'own')
os.mkdir(own, 0o700)
os.chown(own, 1, 1)
EVERTAPED = program
refused('only root becomes somebody else', start('--state', own, '--user', 'nobody', preexec_fn=demoted),
        'only root can become user nobody')
refused('a directory of somebody else is named', start('--state', deep, preexec_fn=demoted), 'belongs to nobody, not to daemon')

# --- staying root ---
d = Daemon()
check('root without --user is warned once', d.log().count('running as root') == 1 and '--user NAME' in d.log(), d.log())
d.end()
d = Daemon(words=('--user', 'root'))
check('--user root is not warned', 'running as root' not in d.log(), d.log())
d.end()

shutil.rmtree(place)
finish()
