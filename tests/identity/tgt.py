# SPDX-License-Identifier: Apache-2.0
"""A passport of the changer and tapes of tgt, a target of another project.

Its READ ELEMENT STATUS of all types at once writes outside its memory, and each report ends 8 bytes early.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap

BUILD = pathlib.Path(sys.argv[1]).resolve()
TARGET, TAPES, DRIVES, SLOTS, MAILSLOTS = 'iqn.2001-04.test:tgt', 4, 2, 40, 2
CHANGER = DRIVES + 1


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as s:
        return s.getsockname()[1]


class Tgt:
    """tgtd in the foreground, with a port and a control socket of its own."""

    def __init__(self):
        for program in ('tgtd', 'tgtadm', 'tgtimg'):
            if not shutil.which(program):
                raise tap.Skip(f'{program} is not installed (package tgt)')
        self.folder = tempfile.mkdtemp(prefix='evertape-tgt-')
        port = free_port()
        self.control, self.portal = str(port % 32768), f'127.0.0.1:{port}'
        self.env = {**os.environ, 'TGT_IPC_SOCKET': os.path.join(self.folder, 'control')}
        with open(os.path.join(self.folder, 'log'), 'w') as log:
            self.process = subprocess.Popen(['tgtd', '-f', '-C', self.control, '--iscsi', f'portal={self.portal}'],
                                            env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while self.admin('sys', 'show').returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.last_words()
                self.close()
                raise tap.Skip(f'tgtd does not start: {said}')
            time.sleep(0.1)

    def last_words(self):
        with open(os.path.join(self.folder, 'log')) as log:
            return (log.read().strip().splitlines() or ['no word'])[-1]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def admin(self, mode, op, *words):
        return subprocess.run(['tgtadm', '-C', self.control, '--lld', 'iscsi', '--mode', mode, '--op', op, *words],
                              env=self.env, text=True, capture_output=True)

    def must(self, mode, op, *words):
        done = self.admin(mode, op, '--tid', '1', *words)
        if done.returncode:
            raise RuntimeError(f'tgtadm {mode} {op} {words}: {done.stderr}{self.last_words()}')

    def params(self, unit, **params):
        self.must('logicalunit', 'update', '--lun', str(unit), '--params',
                  ','.join(f'{k}={v}' for k, v in params.items()))

    def set_up(self):
        self.must('target', 'new', '-T', TARGET)
        for n in range(1, TAPES + 1):
            subprocess.run(['tgtimg', '--op', 'new', '--device-type', 'tape', '--barcode', f'TAPE000{n}', '--size', '1',
                            '--type', 'data', '--file', os.path.join(self.folder, f'TAPE000{n}')], check=True,
                           capture_output=True)
        for n in range(1, DRIVES + 1):
            self.must('logicalunit', 'new', '--lun', str(n), '-b', os.path.join(self.folder, f'TAPE000{n}'),
                      '--device-type=tape')
            self.params(n, online=0)
        store = os.path.join(self.folder, 'changer')
        with open(store, 'wb') as f:
            f.write(bytes(1024))
        self.must('logicalunit', 'new', '--lun', str(CHANGER), '-b', store, '--device-type=changer')
        self.params(CHANGER, media_home=self.folder)
        for kind, start, quantity in ((4, 1, DRIVES), (1, 16, 1), (2, 1000, SLOTS), (3, 800, MAILSLOTS)):
            self.params(CHANGER, element_type=kind, start_address=start, quantity=quantity)
        for n in range(1, DRIVES + 1):
            self.params(CHANGER, element_type=4, address=n, tid=1, lun=n)
        for n in range(1, TAPES + 1):
            self.params(CHANGER, element_type=2, address=999 + n, barcode=f'TAPE000{n}', sides=1)
        self.must('target', 'bind', '-I', 'ALL')


def passport(verb, *file):
    return subprocess.run([str(BUILD / 'evertape'), '--json', 'passport', verb, tgt().portal, *file], text=True,
                          capture_output=True, timeout=60)


running = []


def tgt():
    if not running:
        one = Tgt()
        running.append(one)
        one.set_up()
    return running[0]


# --- the tests ---

def test_show():
    """all elements of the changer are shown, and which drive is the first"""
    done = passport('show')
    tap.equal(done.returncode, 0, done.stderr)
    seen = json.loads(done.stdout)
    units = {u['lun']: u for u in seen['targets'][0]['units']}
    tap.equal([units[n].get('type') for n in range(CHANGER + 1)], ['other', 'tape', 'tape', 'changer'])
    kinds = [e['type'] for e in units[CHANGER]['elements']]
    tap.equal({k: kinds.count(k) for k in kinds}, {'drive': DRIVES, 'transport': 1, 'mailslot': MAILSLOTS, 'slot': SLOTS})
    drives = {e['address']: e for e in units[CHANGER]['elements'] if e['type'] == 'drive'}
    assert drives[1]['id_text'].endswith(units[1]['serial']), drives
    # The last element of a report lacks 8 bytes.  Should a newer tgt mend that, so much the better.
    assert drives[2].get('cut') or drives[2]['id_text'].endswith(units[2]['serial']), drives
    by_hand = [a for a in seen['advice'] if 'mapped by hand' in a]
    tap.equal(len(by_hand), 1 if drives[2].get('cut') else 0, seen['advice'])


def test_compare():
    """a saved passport is right"""
    file = os.path.join(tgt().folder, 'passport')
    done = passport('save', file)
    tap.equal(done.returncode, 0, done.stderr)
    for _ in range(3):
        done = passport('compare', file)
        tap.equal(done.returncode, 0, done.stdout + done.stderr)
    assert tgt().process.poll() is None, f'tgtd died: {tgt().last_words()}'


def test_gone():
    """tgtd killed: exit code 1 and one line"""
    tgt().close()
    done = passport('show')
    tap.equal(done.returncode, 1, done.stdout)
    tap.equal(done.stderr.count('\n'), 1, done.stderr)


try:
    tap.run(tap.tests_of(globals()))
finally:
    for one in running:
        one.close()
