# SPDX-License-Identifier: Apache-2.0
# No daemon, a dying daemon, a false daemon, a second daemon: the command says so in one line, exit 1.
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from harness import EVERTAPE, EVERTAPED, Answer, Daemon, check, finish, wait_for


def command(state, *words):
    p = subprocess.run([EVERTAPE, '--state', state, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=60)
    return Answer(p.returncode, p.stdout, p.stderr)


def one_line(name, answer, part, code=1):
    check(name, answer.code == code and len(answer.err.splitlines()) == 1 and part in answer.err, answer)


folder = tempfile.mkdtemp(prefix='evertape-gone-')
one_line('no state directory', command(folder + '/none', 'status'), 'no such state directory')
one_line('no daemon', command(folder, 'status'), 'not running')
one_line('a state directory that is a file', command(EVERTAPE, 'status'), '')
check('version needs no daemon', command(folder, 'version').code == 0)
check('library personalities needs no daemon', 'ULT3580-TD8' in command(folder, 'library', 'personalities').out)
check('help needs no daemon', command(folder, 'help').code == 0)

# --- a false daemon ---
sock = os.path.join(folder, 'control.sock')


class False_daemon:
    """Says what it is told to, to one client."""

    def __init__(self, words, linger=0.0):
        if os.path.exists(sock):
            os.unlink(sock)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(sock)
        self.listener.listen()
        self.words, self.linger = words, linger
        self.heard = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        s, _ = self.listener.accept()
        s.recv(65536)
        self.heard.set()
        try:
            s.sendall(self.words)
            time.sleep(self.linger)
        except OSError:
            pass
        s.close()
        self.listener.close()


result = b'{"result":{"libraries":[]}}\n'
progress = b''.join(b'{"progress":{"done":%d,"total":10}}\n' % i for i in range(11))
for name, words, part in (
        ('one that hangs up', b'', 'closed the connection before'),
        ('one that hangs up in the middle', b'{"result":{"libr', 'closed the connection before'),
        ('one that talks nonsense', b'hello\n', 'invalid answer'),
        ('one that sends binary', bytes(range(256)) + b'\n', 'invalid answer'),
        ('one that answers with nothing', b'{}\n', 'invalid answer'),
        ('one that fails without words', b'{"error":{}}\n', 'refused'),
        ('one whose error is no object', b'{"error":5}\n', 'invalid answer'),
        ('one that refuses with an escape', b'{"error":{"code":"x","message":"a\\u001b[2Jb\\nc"}}\n', 'a?[2Jb?c')):
    False_daemon(words)
    one_line('a daemon: ' + name, command(folder, 'library', 'list'), part)
False_daemon(progress + result)
answer = command(folder, 'library', 'list')
check('progress is silent in a pipe', answer.code == 0 and not answer.err and 'no libraries' in answer.out, answer)
False_daemon(b'{"result":{"libraries":17}}\n')
check('an answer of another shape does not crash the command', command(folder, 'library', 'list').code in (0, 1))
big = json.dumps({'result': {'libraries': [{'name': 'x' * 100}] * 50000}}).encode() + b'\n'
False_daemon(big)
check('an answer of some megabytes', command(folder, 'library', 'list').out.count('xxx' * 30) == 50000)

# --- on a terminal ---
master, slave = pty.openpty()
False_daemon(progress + result, 0.2)
p = subprocess.Popen([EVERTAPE, '--state', folder, 'library', 'list'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=slave)
p.communicate(timeout=30)
os.close(slave)
shown = os.read(master, 65536).decode()
check('progress is shown on a terminal', p.returncode == 0 and '%' in shown and '#' in shown and '\r' in shown, shown)

# --- interrupted ---
target = os.path.join(folder, 'half')
waiting = False_daemon(b'', 30)
p = subprocess.Popen([EVERTAPE, '--state', folder, 'cartridge', 'export', 'E00001L8', target],
                     stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
waiting.heard.wait(60)
p.send_signal(signal.SIGINT)
_, err = p.communicate(timeout=20)
check('an interrupted export leaves no file and ends with 130', p.returncode == 130 and not os.path.exists(target)
      and 'interrupted' in err, (p.returncode, err))
os.unlink(sock)

# --- the real one ---
deep = os.path.join(folder, 'd' * 80, 'e' * 80)
os.makedirs(deep)
d = Daemon(deep)
check('a state directory with a long name', d.run('status').code == 0)
d.must('library', 'create', 'demo', '--slots', '2')
second = subprocess.run([EVERTAPED, '--state', deep, '--listen', '127.0.0.1:0'], capture_output=True, text=True, timeout=30)
said = [line for line in second.stderr.splitlines() if 'ASan' not in line]
check('a second daemon on the same state', second.returncode == 1 and len(said) == 1 and str(d.process.pid) in said[0],
      second)
check('the first daemon goes on', d.alive())
idle = [d.connect() for _ in range(5)]
idle[0].sendall(b'{"method":"sta')
code, seconds = d.stop()
check('it stops with clients connected', code == 0 and seconds < 10, (code, seconds))
try:
    check('connected clients see the end of the connection', idle[1].recv(10) == b'')
except ConnectionResetError:
    check('connected clients see the end of the connection', True)
check('the socket is removed at the stop', not os.path.exists(os.path.join(deep, 'control.sock')))
d.start()
d.kill()
check('after a kill the socket is still there', os.path.exists(os.path.join(deep, 'control.sock')))
# The kernel takes a moment to clear away a killed process's ring, and with it the socket.
wait_for(lambda: 'closed the connection' not in command(deep, 'status').err)
one_line('and nobody behind it', command(deep, 'status'), 'not running')
d.start()
check('the next daemon replaces the socket', d.run('library', 'show').code == 0)
d.end()
stray = os.path.join(folder, 'stray')
os.makedirs(os.path.join(stray, 'control.sock'))
p = subprocess.run([EVERTAPED, '--state', stray, '--listen', '127.0.0.1:0'], capture_output=True, text=True, timeout=30)
check('another file in place of the socket is not removed', p.returncode == 1 and 'control.sock' in p.stderr
      and os.path.isdir(os.path.join(stray, 'control.sock')), p)
shutil.rmtree(folder)
finish()
