# SPDX-License-Identifier: Apache-2.0
"""The server that protocol tests talk to: evertaped with a library of its own, made by the command line.

    with Server() as server:
        s = Session(server.address, server.target)

server.tapes are LUNs of drives with an empty cartridge each.  With TEST_SERVER=memory in the environment it
is the small server over tapes in memory instead (for work on vtl/iscsi alone).
"""
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import tap

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else 'build').resolve()
MEMORY = os.environ.get('TEST_SERVER') == 'memory'
# Names whose rules the tests need; secrets as Windows takes them, 12 to 16 bytes.
USER, SECRET, TARGET_USER, TARGET_SECRET = 'user', 'secret-twelve', 'target', 'secret-of-target'
CHAP_NAME, MUTUAL_NAME = 'iqn.2026-01.test:chap', 'iqn.2026-01.test:mutual'
SAME_NAME, DENIED_NAME = 'iqn.2026-01.test:mutual.same', 'iqn.2026-01.test:denied'


class Server:
    def __init__(self, listen=('127.0.0.1:0',), settings=None, admit=True):
        self.state = tempfile.mkdtemp(prefix='evertape-protocol-')
        os.chmod(self.state, 0o700)
        self.listen, self.settings = list(listen), settings or {}
        self.admit, self.admitted = admit, None
        self.lines, self.process = [], None
        self.changer, self.tapes = 0, [1, 2]
        self.target = 'iqn.2026-01.test:library'
        if not MEMORY:
            self.set_up()
        else:
            self.start()

    # --- life ---

    def command_line(self):
        if MEMORY:
            return [str(BUILD / 'tests/unit/iscsi/iscsi-test-server')]
        words = [str(BUILD / 'evertaped'), '--state', self.state]
        for address in self.listen:
            words += ['--listen', address]
        return words

    def start(self):
        if not MEMORY and self.settings:
            with open(os.path.join(self.state, 'evertaped.conf'), 'w') as f:
                f.writelines(f'{name} = {value}\n' for name, value in self.settings.items())
        env = dict(os.environ)
        if MEMORY:
            env.update({name.upper().replace('-', '_'): str(value) for name, value in self.settings.items()})
        self.ready = threading.Event()
        self.portals = []
        self.process = subprocess.Popen(self.command_line(), stderr=subprocess.PIPE, text=True,
                                        errors='replace', env=env)
        self.reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self.reader.start()
        if not self.ready.wait(60):
            self.process.kill()
            raise SystemExit('not ok - the server does not get ready\n' + ''.join(self.lines[-10:]))
        self.address = self.portals[0]
        self.let_in()

    def let_in(self):
        """Lets every initiator in, once for a state directory: nobody may log in until a rule says so."""
        if self.admit and not MEMORY and self.admitted != self.state:
            self.evertape('initiator', 'default', 'allow')
            self.admitted = self.state

    def _read(self, process):
        for line in process.stderr:
            self.lines.append(line)
            found = re.search(r'listening on \[?([0-9a-f.:]+?)\]?:(\d+)$', line.strip())
            if found:
                self.portals.append((found[1], int(found[2])))
            if line.strip().endswith('ready'):
                self.ready.set()

    def stop(self):
        """SIGTERM; True when it ended with 0 in time and no sanitizer spoke."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.ended(20)
        except subprocess.TimeoutExpired:
            self.kill()
            code = 'does not end'
        bad = [line for line in self.lines if 'Sanitizer' in line or 'runtime error' in line]
        if code != 0 or bad:
            print(f'# the server ended with {code}')
            for line in (bad + self.lines[-30:])[:60]:
                print('#   ' + line.rstrip()[:300])
        return code == 0 and not bad

    def ended(self, seconds=60):
        """Waits for the end, and for the last line of the log; the exit code."""
        code = self.process.wait(seconds)
        self.reader.join(60)
        return code

    def kill(self):
        self.process.kill()
        self.ended()

    def alive(self):
        return self.process.poll() is None

    def logged(self, pattern, seconds=30):
        """Waits until a line of the log has it (a regular expression) and gives the match."""
        end = time.monotonic() + seconds
        while True:
            for line in list(self.lines):
                found = re.search(pattern, line.rstrip('\n'))
                if found:
                    return found
            if time.monotonic() > end:
                raise AssertionError(f'not in the log: {pattern}\n' + ''.join(self.lines[-15:]))
            time.sleep(0.01)

    def sanitized(self):
        """Whether it has a sanitizer, of gcc or of clang, which keep freed memory."""
        program = pathlib.Path(f'/proc/{self.process.pid}/exe').read_bytes()
        return b'__asan_init' in program or b'__tsan_init' in program

    def memory(self):
        """Resident bytes."""
        with open(f'/proc/{self.process.pid}/statm') as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.alive():
            self.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    # --- the library ---

    def evertape(self, *words, stdin=None):
        done = subprocess.run([str(BUILD / 'evertape'), '--state', self.state, *words], input=stdin, text=True,
                              capture_output=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f'evertape {" ".join(words)}: {done.stderr.strip()}')
        return done.stdout

    def secret(self, name, text):
        path = os.path.join(self.state, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
            f.write(text + '\n')
        return path

    def set_up(self):
        self.start()
        self.evertape('library', 'create', 'test', '--drives', '2', '--slots', '20', '--mailslots', '2', '--compression',
                      'off')  # how much is used does not depend on how busy the machine is
        for i in (1, 2):
            self.evertape('cartridge', 'create', f'PDU00{i}L8')
            self.evertape('drive', 'load', str(i), f'PDU00{i}L8')
        own, target = self.secret('own', SECRET), self.secret('target', TARGET_SECRET)
        self.evertape('initiator', 'allow', CHAP_NAME, '--chap-user', USER, '--secret-file', own)
        self.evertape('initiator', 'allow', MUTUAL_NAME, '--chap-user', USER, '--secret-file', own,
                      '--target-user', TARGET_USER, '--target-secret-file', target)
        self.evertape('initiator', 'deny', DENIED_NAME)
        found = re.search(r'iqn\.[^\s,"]+', self.evertape('--json', 'library', 'show'))
        self.target = found[0]


def main(server, tests):
    """Runs them; the daemon must live through each, and end well."""
    ending = 'the daemon ends well'

    def alive(name):
        assert name == ending or server.process is None or server.alive(), 'the daemon died'

    def end():
        assert server.stop(), 'the daemon did not end well'
    with server:
        tap.run(tests + [(ending, end)], after=alive)
