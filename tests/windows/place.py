# SPDX-License-Identifier: Apache-2.0
"""A daemon whose libraries have the identities of tests/gold/windows/identity.json, and the golden answers.

The fixed identity makes every byte a host sees comparable with a file: one library per changer
personality, with drives of every drive personality among them.  GOLD_BLESS=1 in the environment writes the
files anew; look at the difference before keeping it.
"""
import atexit
import copy
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from daemon import BUILD, Server

GOLD = pathlib.Path(__file__).resolve().parents[1] / 'gold' / 'windows'
BLESS = bool(os.environ.get('GOLD_BLESS'))
ONE_TARGET, PER_DEVICE = LAYOUTS = 'one-target', 'target-per-device'
MAIN = 'stk'  # the library most scenarios play in
KEPT = 'HPE Ultrium 7-SCSI'  # drives that have it keep it; no new drive gets it


def identity(layout=ONE_TARGET):
    """The golden identity."""
    document = json.loads((GOLD / 'identity.json').read_text())
    for library in document['libraries']:
        library['layout'] = layout
    return document


def free_port():
    """A port that no outgoing connection gets by chance, so that a daemon started anew finds it free."""
    while True:
        port = random.randrange(20000, 32000)
        try:
            for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
                with socket.socket(family) as s:
                    s.bind((address, port))
            return port
        except OSError:
            continue


class Gold:
    """Golden files, one per library: questions, and beneath each what the device answers."""

    def __init__(self):
        self.read, self.asked = {}, {}

    def file(self, library):
        if library not in self.read:
            self.read[library] = answers = {}
            path, question = GOLD / f'{library}.txt', None
            for line in path.read_text().splitlines() if path.exists() else []:
                if line.startswith('\t'):
                    answers[question].append(line[1:])
                elif line:
                    question = line
                    answers[question] = []
        return self.read[library]

    def check(self, library, question, answer):
        if isinstance(answer, (bytes, bytearray)):
            answer = [answer[i:i + 32].hex(' ') for i in range(0, len(answer), 32)]
        known = self.file(library)
        if BLESS:
            known[question] = answer
            return
        if known.get(question) != answer:
            raise AssertionError(f'{library}, {question}: {answer}, golden is {known.get(question)}')

    def write(self):
        for library, answers in self.read.items():
            with open(GOLD / f'{library}.txt', 'w') as f:
                for question in sorted(answers):
                    f.write(question + '\n' + ''.join(f'\t{line}\n' for line in answers[question]))


gold = Gold()


class Place(Server):
    """document: another identity than the golden one.  tapes False: every drive stays empty."""

    def __init__(self, layout=ONE_TARGET, document=None, tapes=True, settings=None):
        self.layout, self.with_tapes = layout, tapes
        self.identity = copy.deepcopy(document) or identity(layout)
        # Ids of libraries are seen by nobody outside: two daemons on one machine may not have the same, and this
        # suite may run twice at a time.
        for library in self.identity['libraries']:
            library['id'] = str(uuid.uuid4())
        port = free_port()
        atexit.register(self.abandon)
        super().__init__([f'127.0.0.1:{port}', f'[::1]:{port}'], settings)

    def abandon(self):
        """Removes what a test that failed has left."""
        if self.process and self.alive():
            self.kill()
        shutil.rmtree(self.state, ignore_errors=True)

    def set_up(self):
        self.start()
        self.import_identity(self.identity)
        for library in self.libraries():
            self.evertape('library', 'compression', 'off', '--library', library)
        if self.with_tapes:
            for library in self.libraries():
                self.fill(library)

    def import_identity(self, document):
        path = os.path.join(self.state, 'given.json')
        with open(path, 'w') as f:
            json.dump(document, f)
        try:
            self.evertape('identity', 'import', path)
        finally:
            os.unlink(path)

    def fill(self, library):
        """A cartridge of its own generation in every drive, from the slot of its number; two more for the main one."""
        tapes = [self.barcode(library, d['number'], d['product'].removesuffix('-SCSI')[-1])
                 for d in self.drives(library)]
        spare = [self.barcode(library, n) for n in (8, 9)] if library == MAIN else []
        self.evertape('cartridge', 'create', *tapes, *spare, '--library', library)
        for number, barcode in enumerate(tapes, 1):
            self.evertape('drive', 'load', str(number), barcode, '--library', library)

    @staticmethod
    def barcode(library, number, generation=8):
        return f'{library[:3].upper()}{number:03}L{generation}'

    # --- what the identity says ---

    def libraries(self):
        return [library['name'] for library in self.identity['libraries']]

    def library(self, name=MAIN):
        return next(library for library in self.identity['libraries'] if library['name'] == name)

    def drives(self, name=MAIN):
        return sorted(self.library(name)['drives'], key=lambda drive: drive['number'])

    def devices(self, name=MAIN):
        """(drive number or 0 for the changer, target, LUN) of everything that is installed."""
        library = self.library(name)
        found = [(0, library['target'], 0)]
        for drive in self.drives(name):
            if drive['installed']:
                own = self.layout == PER_DEVICE
                found.append((drive['number'], drive['target'], 0) if own else
                             (drive['number'], library['target'], drive['lun']))
        return found

    # --- what is asked of it ---

    def show(self, drive, library=MAIN):
        return json.loads(self.evertape('--json', 'drive', 'show', str(drive), '--library', library))

    def add_drive(self, library=MAIN):
        """Its number: one that no drive has had."""
        return json.loads(self.evertape('--json', 'drive', 'add', '--library', library))['number']

    def refused(self, *words, stdin=None):
        """The message of a command that is refused; an error if it is not refused."""
        done = subprocess.run([str(BUILD / 'evertape'), '--state', self.state, *words], text=True, input=stdin,
                              capture_output=True, timeout=60)
        assert done.returncode == 1, f'evertape {" ".join(words)}: exit {done.returncode} {done.stdout}{done.stderr}'
        return done.stderr

    def restart(self, how='stop', gap=None, listen=None):
        """how: stop (SIGTERM) or kill (SIGKILL).  gap: called while no daemon runs."""
        if how == 'kill':
            self.kill()
        else:
            assert self.stop(), 'the daemon did not stop cleanly'
        if gap:
            gap()
        if listen:
            self.listen = listen
        self.start()
