# SPDX-License-Identifier: Apache-2.0
"""Four hosts that write, read back, move cartridges, reset, abort and disconnect, while the daemon is killed now and then
and the file system under the cartridges fails once in a thousand operations:

  python3 tests/soak/data.py BUILD_DIR [SECONDS]

Nothing that a sync point covers may be missing and no byte may be wrong; memory and descriptors must be flat.
SEED=N repeats the choices of the hosts.  Needs root and FUSE.
"""
import collections
import mmap
import multiprocessing
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'sessions'))
from scene import *

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 600
SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
HOSTS, TAPES, KILL_EVERY, MIB = 4, 2, 20, 1 << 20
ONE_IN = int(os.environ.get('ONE_IN', 1000))  # operations of the file system, one of which fails
TAPE_MOST = 48 * MIB                # a host writes so much on a tape, and then begins it anew
QUIET_FROM = 0.6                    # after this part of the time the daemon is not killed: memory must be flat
SYNC, FILEMARK, UNLOAD = (bytes.fromhex(x) for x in ('100000000000', '100000000100', '1b0000000000'))
LOAD = bytes.fromhex('1b0000000100')
MARK, OTHER_LENGTH, BLANK, UNIT_ATTENTION, MEDIUM_ERROR, HARDWARE_ERROR, ABORTED = (0, 0, 1), (0, 0, 0), 8, 6, 3, 4, 0xb
STORAGE, DRIVES = 1000, 500         # first element addresses
Item = collections.namedtuple('Item', 'seed size')  # of a record; size 0: a filemark
MOVE = struct.Struct('>BBHHHxxBx')


def content(item):
    return random.Random(item.seed).randbytes(item.size)


class Violation(Exception):
    pass


class Trouble(Exception):
    """The command failed as it may: the tape must be looked at."""


class Tape:
    """What a host knows of one cartridge."""

    def __init__(self, slot):
        self.slot = slot
        self.items = []    # written, in order
        self.promised = 0  # of them before a sync point
        self.before = None  # while the tape is written anew: its former items, and how many were promised
        self.known = True  # the tape is at the end of the items

    def begin_anew(self):
        self.before, self.items, self.promised = (self.items, self.promised), [], 0

    def synced(self):
        self.promised, self.before = len(self.items), None


class Host:
    def __init__(self, n, address, target, until, results):
        self.n, self.address, self.target, self.until, self.results = n, address, target, until, results
        self.lun = n + 1
        self.rng = random.Random(SEED * 100 + n)
        self.tapes = [Tape(STORAGE + n * TAPES + i) for i in range(TAPES)]
        self.in_drive = 0
        self.s = None
        self.seeds = 0
        self.found = collections.Counter()
        self.late = 0.0
        self.history = collections.deque(maxlen=40)  # told with a violation

    # --- commands ---

    def connect(self):
        """A session, however often it takes while the daemon starts anew."""
        end = time.monotonic() + 60
        while True:
            try:
                self.s = Session(self.address, self.target, f'iqn.2026-01.test:host{self.n}').login()
                self.s.clear(0, self.lun)
                return
            except (Closed, OSError, LoginRefused) as e:
                if time.monotonic() > end:
                    raise Violation(f'no login for 60 s: {e}') from e
                time.sleep(0.2)

    def command(self, cdb, lun=None, **how):
        """Its response, however many unit attentions come first."""
        for _ in range(6):
            began = time.monotonic()
            r = self.s.command(self.lun if lun is None else lun, cdb, timeout=60, **how)
            self.late = max(self.late, time.monotonic() - began)
            if cdb[0] not in (8, 0xa):
                self.history.append(f'{self.in_drive} {cdb.hex()}: {r.key or r.status}')
            if r.key is None or r.key[0] != UNIT_ATTENTION:
                return r
        raise Violation(f'unit attentions without end: {r.key}')

    def needs(self, r, what):
        if r.status:
            self.found[f'{what}: {"/".join(f"{x:02x}" for x in r.key) if r.key else r.status}'] += 1
            self.history.append(f'{what}: {r.key or r.status}')
            raise Trouble

    # --- what it does ---

    def tape(self):
        return self.tapes[self.in_drive]

    def load(self):
        """The tape is threaded; what the file system does to it may need more than one try."""
        for _ in range(20):
            r = self.command(LOAD)
            if r.status == 0:
                return
            self.found['LOAD again'] += 1
        raise Violation(f'the cartridge cannot be loaded: {r.key}')

    def add(self, item):
        cdb, data = (FILEMARK, b'') if not item.size else (write6(item.size), content(item))
        tape = self.tape()
        tape.items.append(item)  # it may be there even if the status does not come
        self.needs(self.command(cdb, write=data), 'WRITE' if item.size else 'WRITE FILEMARKS')
        if not item.size:
            tape.synced()

    def write(self):
        tape = self.tape()
        if sum(i.size for i in tape.items) > TAPE_MOST:
            tape.known = False
            self.needs(self.command(REWIND), 'REWIND')
            tape.begin_anew()
        tape.known = False
        for _ in range(self.rng.randrange(5, 60)):
            self.seeds += 1
            size = self.rng.choice([0, 512, 4000, 32768, 65536, 65536, 262144])
            self.add(Item(self.n << 32 | self.seeds, size))
        self.needs(self.command(SYNC), 'sync')
        tape.synced()
        tape.known = True
        self.found['written'] += 1

    def read_item(self, at, item):
        """None at the end of data, else whether it is the item.  A failed READ is made again."""
        for _ in range(20):
            size = item.size or 512
            r = self.command(read6(size), read=size)
            if r.key and r.key[0] == BLANK:
                return None
            if r.key in (MARK, OTHER_LENGTH):
                return r.key == MARK and item.size == 0
            if r.status == 0:
                self.found['bytes'] += len(r.data)
                return item.size > 0 and r.data == content(item)
            if not r.key or r.key[0] not in (MEDIUM_ERROR, HARDWARE_ERROR, ABORTED):
                raise Violation(f'READ of object {at}: {r.key or r.status}')
            self.found['READ again'] += 1
            self.needs(self.command(b'\x2b\0\0' + at.to_bytes(4, 'big') + b'\0\0\0'), 'LOCATE')
        raise Trouble('READ fails again and again')

    def matches(self, items):
        """How many of the items the tape has, and whether it ends there."""
        self.needs(self.command(REWIND), 'REWIND')
        for at, item in enumerate(items):
            same = self.read_item(at, item)
            if same is None:
                return at, True
            if not same:
                return at, False
        return len(items), self.read_item(len(items), Item(0, 512)) is None

    def verify(self):
        """All that was promised is there, and nothing else but what was written behind it."""
        tape = self.tape()
        count, ends = self.matches(tape.items)
        if tape.before and tape.promised == 0 and (count == 0 or not ends):
            old, old_ends = self.matches(tape.before[0])  # the new data do not count yet
            if old >= tape.before[1] and old_ends:
                tape.items, tape.promised, tape.before = tape.before[0][:old], tape.before[1], None
                tape.known = True
                self.found['verified, the old data'] += 1
                return
        if count < tape.promised or not ends:
            raise Violation(f'tape {tape.slot}: {count} of {len(tape.items)} objects are as written, {tape.promised} '
                            f'are promised, {"then it ends" if ends else "then there is something else"}')
        self.history.append(f'{self.in_drive} has {count} of {len(tape.items)}, {tape.promised} promised')
        tape.items = tape.items[:count]
        tape.known = True
        self.found['verified'] += 1

    def move(self):
        """The other cartridge is put into the drive."""
        tape = self.tape()
        tape.known = False
        self.needs(self.command(UNLOAD), 'UNLOAD')
        tape.synced()
        other = self.tapes[1 - self.in_drive]
        drive = DRIVES + self.n
        for source, to in ((drive, tape.slot), (other.slot, drive)):
            r = self.command(MOVE.pack(0xa5, 0, 0, source, to, 0), lun=0)
            self.needs(r, 'MOVE MEDIUM')
            if source != drive:
                self.in_drive = 1 - self.in_drive
        self.load()
        other.known = False
        self.found['moved'] += 1

    def reset(self):
        self.tape().known = False
        for _ in range(4):
            self.s.send(self.s.command_pdu(self.lun, TUR))
        assert self.s.tmf(LU_RESET, self.lun) == 0
        self.s.close()
        self.connect()
        self.found['reset'] += 1

    def abort(self):
        """A WRITE whose data do not come is aborted."""
        tape = self.tape()
        tape.known = False
        pdu = self.s.command_pdu(self.lun, write6(65536), write=65536)
        self.s.send(pdu)
        assert self.s.tmf(ABORT_TASK, self.lun, task=pdu.itt) in (0, 1)
        self.found['aborted'] += 1

    def disconnect(self):
        """In the middle of a WRITE."""
        self.tape().known = False
        pdu = self.s.command_pdu(self.lun, write6(65536), write=65536)
        self.s.send(pdu)
        self.s.close(reset=self.rng.random() < 0.5)
        self.connect()
        self.found['disconnected'] += 1

    def where(self):
        """Sees which of its cartridges is in the drive, puts one there if none is, and loads it."""
        drive = DRIVES + self.n
        for _ in range(20):
            full = self.inventory()
            if full.get(drive):
                self.in_drive = next(i for i, t in enumerate(self.tapes) if not full.get(t.slot))
                return self.load()
            self.command(MOVE.pack(0xa5, 0, 0, self.tapes[0].slot, drive, 0), lun=0)
        raise Violation('the drive stays empty')

    def inventory(self):
        """Element address -> whether it is full."""
        r = self.command(bytes.fromhex('b80000000fff00004000') + bytes(2), lun=0, read=0x4000)
        self.needs(r, 'READ ELEMENT STATUS')
        full, at = {}, 8
        while at + 8 <= len(r.data):
            size, length = int.from_bytes(r.data[at + 2:at + 4], 'big'), int.from_bytes(r.data[at + 5:at + 8], 'big')
            for e in range(at + 8, at + 8 + length, size):
                full[int.from_bytes(r.data[e:e + 2], 'big')] = bool(r.data[e + 2] & 1)
            at += 8 + length
        return full

    # --- the loop ---

    def step(self):
        if not self.tape().known:
            return self.verify()
        way = self.rng.choices([self.write, self.verify, self.move, self.reset, self.abort, self.disconnect],
                               [10, 4, 3, 1, 2, 2])[0]
        return way()

    def mend(self):
        """The tape is taken in anew: a drive that has lost what it had buffered does not write until then."""
        self.tape().known = False
        self.command(UNLOAD)
        self.where()

    def begin(self):
        for t in self.tapes:
            t.known = False
        self.connect()
        self.where()

    def run(self):
        error = None
        try:
            todo = self.begin
            while time.monotonic() < self.until:
                try:
                    todo()
                    todo = self.step
                except Trouble:
                    todo = self.mend
                except (Closed, OSError) as e:
                    self.history.append(f'{time.strftime("%T")} {e}')
                    self.found['daemon lost'] += 1
                    todo = self.begin
        except Exception as e:
            error = f'{time.strftime("%T")} {type(e).__name__}: {e}; before that: ' + '; '.join(self.history)
        self.results.put((self.n, error, dict(self.found), self.late))


# --- the daemon and what is under it ---

class Soaked(Scene):
    """A daemon whose cartridges are in a file system that fails."""

    def set_up(self):
        program = sys.modules['daemon'].BUILD / 'tests/faultfs/faultfs'
        if not program.exists() or not os.path.exists('/dev/fuse') or os.geteuid():
            os.rmdir(self.state)
            print('skip - needs root, /dev/fuse and libfuse3\n0 passed, 0 failed, 1 skipped')
            sys.exit(0)
        self.source, self.cartridges = self.state + '.files', os.path.join(self.state, 'cartridges')
        os.mkdir(self.source, 0o700)
        os.mkdir(self.cartridges, 0o700)
        with open(self.state + '.control', 'w+b') as f:
            f.write(bytes(12))
            f.flush()
            self.control = mmap.mmap(f.fileno(), 12)
        self.file_system = subprocess.Popen([program, self.source, self.cartridges, f.name, str(SEED)])
        assert wait_for(lambda: os.path.ismount(self.cartridges)), 'the file system is not mounted'
        self.start()
        self.evertape('library', 'create', 'soak', '--drives', str(HOSTS), '--slots', str(HOSTS * TAPES), '--mailslots', '0')
        for i in range(HOSTS * TAPES):
            self.evertape('cartridge', 'create', f'SOAK{i:02}L8')
        self.target = re.search(r'iqn\.[^\s,"]+', self.evertape('--json', 'library', 'show'))[0]
        self.listen = [f'{self.address[0]}:{self.address[1]}']

    def fail_one_in(self, n):
        self.control[:4] = n.to_bytes(4, sys.byteorder)

    def failed(self):
        return int.from_bytes(self.control[8:12], sys.byteorder)

    def __exit__(self, *_):
        self.fail_one_in(0)
        if self.alive():
            self.stop()
        subprocess.run(['umount', self.cartridges], check=False)
        self.file_system.wait(20)
        for folder in (self.source, self.state):
            shutil.rmtree(folder, ignore_errors=True)
        os.unlink(self.state + '.control')


class Run:
    def go(self):
        began = time.monotonic()
        until, quiet = began + SECONDS, began + SECONDS * QUIET_FROM
        results = multiprocessing.Queue()
        hosts = [multiprocessing.Process(target=Host(n, server.address, server.target, until, results).run)
                 for n in range(HOSTS)]
        server.fail_one_in(ONE_IN)
        for p in hosts:
            p.start()
        self.kills, self.samples, next_kill = 0, [], began + KILL_EVERY
        while time.monotonic() < until and any(p.is_alive() for p in hosts):
            time.sleep(1)
            if time.monotonic() > quiet:
                self.samples.append((server.memory(), server.descriptors()))
            elif time.monotonic() > next_kill:
                server.kill()
                server.start()
                self.kills, next_kill = self.kills + 1, time.monotonic() + KILL_EVERY
        self.hosts = sorted(results.get(timeout=120) for _ in hosts)
        for p in hosts:
            p.join(20)

    def report(self):
        memory = [m for m, _ in self.samples]
        print(f'# {SECONDS:.0f} s, SEED={SEED}: {self.kills} times killed, {server.failed()} operations of the file system '
              'failed')
        for n, _, found, late in self.hosts:
            print(f'# host {n}: {found.pop("bytes", 0) / MIB:.0f} MiB read and right; '
                  + ', '.join(f'{k} {v}' for k, v in sorted(found.items())) + f'; slowest command {late:.1f} s')
        if memory:
            print(f'# memory {memory[0] / MIB:.1f} MiB at first, {max(memory) / MIB:.1f} at most, {memory[-1] / MIB:.1f} at '
                  f'last; descriptors {max(d for _, d in self.samples)} at most')


the_run = Run()


def test_a_runs():
    """the run itself: the daemon was killed, and the file system failed"""
    the_run.go()
    the_run.report()
    assert server.failed() > 0 and (the_run.kills > 0 or SECONDS * QUIET_FROM < KILL_EVERY)


def test_data():
    """nothing promised is missing, and no byte is wrong"""
    errors = [f'host {n}: {error}' for n, error, _, _ in the_run.hosts if error]
    for line in errors + (server.lines[-200:] if errors else []):
        print('# ' + line.rstrip())
    equal(len(errors), 0, 'hosts with an error')
    for n, _, found, _ in the_run.hosts:
        assert found.get('verified', 0) > 0 and found.get('written', 0) > 0, f'host {n} did too little: {found}'


def test_flat():
    """memory and descriptors are flat"""
    memory, descriptors = zip(*the_run.samples)
    if not server.sanitized():
        grown = statistics.median(memory[len(memory) * 3 // 4:]) - max(memory[:len(memory) // 2])
        assert grown < 4 * MIB, f'{grown / 1024:.0f} KiB more in the last quarter than in the first half'
    assert statistics.median(descriptors[len(descriptors) * 3 // 4:]) <= max(descriptors[:len(descriptors) // 2]) + 8


if __name__ == '__main__':
    server = Soaked()
    main(server, tap.tests_of(globals()))
