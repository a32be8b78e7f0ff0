# SPDX-License-Identifier: Apache-2.0
# Clients that hold the control socket and do nothing lock nobody out, least of all root.
import grp
import os
import pwd
import time

from harness import Daemon, check, finish, read_answer, skip

if os.geteuid() != 0:
    skip('places at the control socket', 'needs root to become other users')
    finish()

MOST, RESERVED, PATIENCE = 32, 8, 30
VERSION = b'{"method":"version"}\n'
d = Daemon()
nobody = pwd.getpwnam('nobody').pw_uid
members = next(g for g in grp.getgrall() if g.gr_gid not in (0, 65534)).gr_gid
os.chown(os.path.join(d.state, 'control.sock'), 0, members)


class Member:
    """Connects as a member of the group; the sockets are this process's, whoever it is."""

    def __enter__(self):
        os.setegid(members)
        os.seteuid(nobody)

    def __exit__(self, *_):
        os.seteuid(0)
        os.setegid(0)


def connected(count, member, data=b''):
    made = []
    for _ in range(count):
        if member:
            with Member():
                made.append(d.connect())
        else:
            made.append(d.connect())
        if data:
            made[-1].sendall(data)
    return made


def answers(s):
    try:
        s.sendall(VERSION)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return read_answer(s)


def served(s):
    return 'result' in answers(s)


def told(s):
    """What the daemon says without being asked, and that it hangs up."""
    return read_answer(s).get('error', {}).get('code')


def close(sockets):
    for s in sockets:
        s.close()


def settle():
    """Waits until the daemon has let go of all of them."""
    end = time.monotonic() + 30
    while len(os.listdir(f'/proc/{d.process.pid}/fd')) > quiet and time.monotonic() < end:
        time.sleep(0.02)


quiet = len(os.listdir(f'/proc/{d.process.pid}/fd'))
for what, data in (('idle', b''), ('with half a request', b'{"method":"ver')):
    crowd = connected(MOST, True, data)
    check(f'{MOST} clients of the group, {what}: root is served', d.run('version').code == 0)
    roots = connected(RESERVED, False)
    check(f'{what}: {RESERVED} times at once', all(served(s) for s in roots))
    close(roots)
    for i in range(3):
        crowd += connected(1, True)
        check(f'{what}: one more of the group is served', served(crowd[-1]))
        check(f'{what}: the one that was idle longest is told and dropped', told(crowd[i]) == 'busy')
    check(f'{what}: the others stay', all(served(s) for s in (crowd[-3:] if data else crowd[3:])))
    close(crowd)
    settle()
check('the log says who gave way', d.logs(rf'warning: .*\(?uid {nobody}, pid \d+\)?: too many control clients: '
                                           r'disconnected this one, which was idle for \d+ s$'), d.log()[-2000:])

crowd = connected(MOST + RESERVED, False)
check('as many clients of root: one more is served', served(connected(1, False)[0]))
check('and one of the group too', served(connected(1, True)[0]))
close(crowd)
settle()

# One that does not read its answers.
deaf = connected(MOST, True)
for s in deaf:
    s.setblocking(False)
    try:
        while True:
            s.send(VERSION * 500)
    except BlockingIOError:
        pass
check('clients that do not read: root is served', d.run('version').code == 0)
check('and one of the group', served(connected(1, True)[0]))
close(deaf)
settle()

# --- time ---

silent, dripping, asked = (connected(1, True)[0] for _ in range(3))
check('one that has asked', served(asked))
began = time.monotonic()
ended = {}
while time.monotonic() - began < PATIENCE + 30 and len(ended) < 2:
    for name, s in (('silent', silent), ('dripping', dripping)):
        if name in ended:
            continue
        s.settimeout(0.3)
        try:
            if name == 'dripping':
                s.sendall(b' ')
            if s.recv(100) == b'':
                ended[name] = time.monotonic() - began
        except TimeoutError:
            pass
        except OSError:
            ended[name] = time.monotonic() - began
for name in ('silent', 'dripping'):
    check(f'a client that is {name} is dropped after {PATIENCE} s', PATIENCE - 1 < ended.get(name, 0) < PATIENCE + 25, ended)
check('one that has asked may be idle for longer', served(asked))
d.end()
finish()
