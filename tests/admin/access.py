# SPDX-License-Identifier: Apache-2.0
# Who may use the control socket: root, the daemon's user, the socket's group; files by the user's own permissions.
import grp
import json
import os
import pwd
import stat

from harness import EVERTAPE, Answer, Daemon, check, finish, read_answer, skip

import subprocess

if os.geteuid() != 0:
    skip('access to the control socket', 'needs root to become other users')
    finish()

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '3', '--mailslots', '0')
d.must('cartridge', 'create', 'E00001L8')
sock = os.path.join(d.state, 'control.sock')
nobody = pwd.getpwnam('nobody').pw_uid
members = next((g for g in grp.getgrall() if g.gr_gid not in (0, 65534)), None).gr_gid
strangers = 65534


def as_user(uid, gid, groups, method, params=None):
    """The daemon's answer to that user, or the error's name."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            with d.connect() as s:
                try:
                    s.sendall(json.dumps({'method': method, 'params': params or {}}).encode() + b'\n')
                except BrokenPipeError:
                    pass  # turned away before it asked
                answer = json.dumps(read_answer(s))
        except OSError as e:
            answer = json.dumps({'os': type(e).__name__})
        os.write(into, answer.encode()[:60000])
        os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with os.fdopen(out) as f:
        return json.loads(f.read())


mode = os.stat(sock)
check('the socket is 0660', stat.S_ISSOCK(mode.st_mode) and stat.S_IMODE(mode.st_mode) == 0o660, oct(mode.st_mode))
check('root may use the socket', 'result' in as_user(0, 0, [], 'version'))
answer = as_user(nobody, strangers, [], 'version')
check('another user may not connect', answer == {'os': 'PermissionError'}, answer)
os.chmod(sock, 0o666)
answer = as_user(nobody, strangers, [], 'version')
check('another user who can connect is refused by the daemon',
      answer.get('error', {}).get('code') == 'permission', answer)
os.chmod(sock, 0o660)
os.chown(sock, 0, members)
check('a member of the group may use the socket', 'result' in as_user(nobody, members, [], 'version'))
check('a member by a supplementary group may use the socket', 'result' in as_user(nobody, strangers, [strangers, members], 'version'))
check('a member of another group may not use the socket', as_user(nobody, strangers, [strangers], 'version') == {'os': 'PermissionError'})
check('a member may change things', 'result' in as_user(nobody, members, [], 'cartridge.protect', {'barcode': 'E00001L8'}))
check('the log names the member of the group', d.logs(rf'^.*\(uid {nobody}, pid \d+\): cartridge.protect barcode="E00001L8"$'), d.log())


def command(uid, groups, *words):
    p = subprocess.run([EVERTAPE, '--state', d.state, *words], user=uid, group=groups[0], extra_groups=groups,
                       stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return Answer(p.returncode, p.stdout, p.stderr)


try:
    reachable = command(nobody, [strangers], 'help').code == 0
except PermissionError:
    reachable = False
if not reachable:
    skip('the command as another user', f'{EVERTAPE} is not where others can run it')
else:
    answer = command(nobody, [strangers], 'status')
    check('the command says that permission is missing', answer.code == 1 and 'permission denied' in answer.err
          and len(answer.err.splitlines()) == 1, answer)
    check('the command works for a member of the group', command(nobody, [members], 'status').code == 0)
    private = os.path.join(d.state, 'private')
    with open(os.open(private, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
        f.write('root alone may read this\n')
    answer = command(nobody, [members], 'cartridge', 'import', private)
    check('a file the user cannot read is not read for him', answer.code == 1 and 'Permission denied' in answer.err,
          answer)
    answer = command(nobody, [members], 'cartridge', 'export', 'E00001L8', os.path.join(d.state, 'new'))
    check('a file is not made where the user cannot', answer.code == 1 and 'Permission denied' in answer.err
          and not os.path.exists(os.path.join(d.state, 'new')), answer)
    answer = command(nobody, [members], 'initiator', 'allow', 'iqn.2001-04.com.example:a', '--secret-file', private)
    check('a secret the user cannot read is not read for him', answer.code == 1 and 'Permission denied' in answer.err, answer)
secret = 'a-secret-nobody-sees'
d.must('initiator', 'allow', 'iqn.2001-04.com.example:b', '--chap-user', 'b', '--secret-file', '-',
       stdin=secret.encode() + b'\n')
d.must('drive', 'load', '1', 'E00001L8')
d.must('drive', 'unload', '1')


def looked_at(path):
    """Mode and bytes of a file, None when it is gone: labels are written anew beside their old selves."""
    try:
        mode = os.stat(path).st_mode
        return mode, open(path, 'rb').read() if stat.S_ISREG(mode) else b''
    except FileNotFoundError:
        return None


paths = [os.path.join(folder, name) for folder, _, names in os.walk(d.state) for name in names]
files = {path: found for path in paths if (found := looked_at(path))}
loose = [f for f, (mode, _) in files.items() if mode & 0o007]
check('others can do nothing with any file of the state directory', files and not loose, loose)
private = os.path.join(d.state, 'catalog')
loose = [f for f, (mode, _) in files.items() if f.startswith(private) and mode & 0o077]
check('the group has no access to the catalog', not loose and not os.stat(private).st_mode & 0o077, loose)
holders = [f for f, (_, data) in files.items() if secret.encode() in data]
check('a secret is stored only in the catalog', [os.path.dirname(f) for f in holders] == [private], holders)
logged = d.logs('initiator.allow .*example:b')
said = d.run('--json', 'initiator', 'list').out + d.run('initiator', 'list').out + d.log()
check('a secret is never printed', logged and secret not in said and 'example:b' in said, said)
d.end()
finish()
