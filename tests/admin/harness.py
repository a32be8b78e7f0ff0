# SPDX-License-Identifier: Apache-2.0
# A daemon of its own for each test program, the command, the control socket, and the counting.
import array
import atexit
import fcntl
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from wait import wait_for

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else 'build').resolve()
EVERTAPE = os.environ.get('EVERTAPE', str(BUILD / 'evertape'))
EVERTAPED = os.environ.get('EVERTAPED', str(BUILD / 'evertaped'))
counts = {'passed': 0, 'failed': 0, 'skipped': 0}


def check(name, good, detail=''):
    counts['passed' if good else 'failed'] += 1
    if not good:
        print(f'not ok - {name}')
        for line in str(detail).splitlines()[:12]:
            print(f'#   {line[:400]}')
    return good


def skip(name, why):
    counts['skipped'] += 1
    print(f'skip - {name}: {why}')


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts), flush=True)
    sys.exit(1 if counts['failed'] else 0)


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f'exit {self.code}\nstdout: {self.out}\nstderr: {self.err}'


def noise(seed, length):
    """Bytes that no drive can compress; the same for the same seed."""
    return random.Random(seed).randbytes(length)


class Daemon:
    def __init__(self, state=None, admit=True, listen=('127.0.0.1:0',), words=()):
        self.own = state is None
        self.state = state or tempfile.mkdtemp(prefix='evertape-admin-')
        if os.path.isdir(self.state):
            os.chmod(self.state, 0o755)
        self.lines = []
        self.process, self.listen, self.words = None, listen, words
        self.admit = admit  # let every initiator in: nobody may log in until a rule says so
        atexit.register(self.abandon)
        self.start()
        if self.admit:
            self.must('initiator', 'default', 'allow')

    def start(self):
        self.lines.clear()
        self.process = subprocess.Popen([EVERTAPED, '--state', self.state, *self.words,
                                         *[word for address in self.listen for word in ('--listen', address)]],
                                        stderr=subprocess.PIPE, text=True, errors='replace')
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self.read_log, args=(self.process,), daemon=True)
        self.reader.start()
        if not self.ready.wait(30):
            self.process.kill()
            raise SystemExit('not ok - the daemon does not get ready\n' + ''.join(self.lines[-10:]))

    def read_log(self, process):
        for line in process.stderr:
            self.lines.append(line)
            if line.strip().endswith('ready'):
                self.ready.set()

    def log(self):
        return ''.join(self.lines)

    def logs(self, pattern, seconds=30):
        """Waits until the log has it (a regular expression); the match, or None."""
        return wait_for(lambda: re.search(pattern, self.log(), re.M), seconds)

    def kill(self):
        self.process.kill()
        self.ended()

    def ended(self, seconds=60):
        """Waits for the end, and for the last line of the log; the exit code."""
        code = self.process.wait(seconds)
        self.reader.join(60)
        return code

    def abandon(self):
        """What a test that breaks off leaves behind."""
        if self.process and self.process.poll() is None:
            self.kill()
        if self.own:
            shutil.rmtree(self.state, ignore_errors=True)

    def stop(self):
        """SIGTERM; the exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.ended(20)
        except subprocess.TimeoutExpired:
            self.kill()
            code = 'hangs'
        return code, time.monotonic() - began

    def end(self):
        """Stops, checks that nothing was amiss, takes the state away."""
        code, seconds = self.stop()
        bad = [line for line in self.lines if 'Sanitizer' in line or 'runtime error' in line]
        check('the daemon stops cleanly in time', code == 0 and seconds < 10 and not bad,
              f'code {code} after {seconds:.1f} s\n' + ''.join(bad) + self.log()[-2000:])
        if self.own:
            shutil.rmtree(self.state, ignore_errors=True)

    # --- the command ---

    def run(self, *words, stdin=None, binary=False, **more):
        p = subprocess.run([EVERTAPE, '--state', self.state, *words], input=stdin,
                           stdin=None if stdin is not None else subprocess.DEVNULL,
                           capture_output=True, timeout=120, **more)
        out = p.stdout if binary else p.stdout.decode('utf-8', 'replace')
        return Answer(p.returncode, out, p.stderr.decode('utf-8', 'replace'))

    def must(self, *words, **more):
        answer = self.run(*words, **more)
        if answer.code != 0:
            check('evertape ' + ' '.join(words), False, answer)
        return answer

    def json(self, *words):
        return self.must('--json', *words).json

    # --- the socket ---

    def connect(self, timeout=20):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        for _ in range(1000):
            try:
                folder = os.open(self.state, os.O_PATH)  # its own name may be too long for a socket
                try:
                    s.connect(f'/proc/self/fd/{folder}/control.sock')
                finally:
                    os.close(folder)
                return s
            except BlockingIOError:  # many at once: the queue is full for a moment
                time.sleep(0.01)
        raise TimeoutError('nobody accepts')

    def ask(self, method, params=None, fds=()):
        request = {'method': method}
        if params is not None:
            request['params'] = params
        with self.connect() as s:
            send_fds(s, json.dumps(request).encode() + b'\n', fds)
            return read_answer(s)

    def alive(self):
        try:
            return self.ask('version').get('result', {}).get('program') == 'evertaped'
        except OSError:
            return False


def send_fds(s, data, fds):
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
    s.sendmsg([data], ancillary)


def unread(s):
    """Bytes that were sent and the daemon has not taken yet."""
    return struct.unpack('i', fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0]


def read_lines(s):
    data = b''
    while True:
        while b'\n' in data:
            line, data = data.split(b'\n', 1)
            yield json.loads(line)
        try:
            more = s.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return
        if not more:
            return
        data += more


def read_answer(s):
    """The first line that is an answer, {} when there is none."""
    for line in read_lines(s):
        if 'progress' not in line:
            return line
    return {}
