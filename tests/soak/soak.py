# SPDX-License-Identifier: Apache-2.0
"""Ten initiators that come and go every second, by every way there is, beside streams that must not notice."""
import multiprocessing
import os
import pathlib
import random
import statistics
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'sessions'))
from scene import *

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 300
SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
VISITORS, WRITERS, STALL, MIB = 10, 2, 2.0, 1 << 20
PLAYGROUND, STREAMED, TOOL = 1, (2, 3), 4    # drives, by LUN: the visitors', the writers', the load generator's
LUNS = (0, PLAYGROUND, *STREAMED, TOOL)
NEW, LOSS = (6, 0x29, 0), (6, 0x29, 7)


def library(server):
    """A library of four drives, a cartridge in each."""
    server.evertape('library', 'create', 'soak', '--drives', '4', '--slots', '6')
    for i in range(1, 5):
        server.evertape('cartridge', 'create', f'SOAK0{i}L8', '--library', 'soak')
        server.evertape('drive', 'load', str(i), f'SOAK0{i}L8', '--library', 'soak')
    libraries = json.loads(server.evertape('--json', 'library', 'list'))['libraries']
    server.target = [each['target'] for each in libraries if each['name'] == 'soak'][0]


# --- writers: a stream each, in a process of its own ---

def timed(found, function, *args, **how):
    began = time.monotonic()
    r = function(*args, **how)
    found['slowest'] = max(found['slowest'], time.monotonic() - began)
    found['commands'] += 1
    return r


def pipelined(s, found, lun, cdb, count, write=b'', read=0):
    """Commands with four under way; each one's time is from its sending to its status.  What was read, joined."""
    sent, out = [], []
    while count or sent:
        while count and len(sent) < 4:
            sent.append((time.monotonic(), s.submit(lun, cdb, write, read)))
            count -= 1
        began, pdu = sent.pop(0)
        r = s.finish(pdu, write)
        found['slowest'] = max(found['slowest'], time.monotonic() - began)
        found['commands'] += 1
        assert r.status == 0, f'LUN {lun}, {cdb.hex()}: {r}'
        out.append(r.data)
    return out


def writer(address, target, lun, until, results):
    found = {'who': f'writer {lun}', 'slowest': 0.0, 'commands': 0, 'bytes': 0, 'error': None}
    rng = random.Random(SEED * 10 + lun)
    try:
        s = Session(address, target, f'iqn.2026-01.test:writer{lun}').login()
        s.clear(lun)
        while time.monotonic() < until:
            record = rng.choice([32768, 65536, 262144])
            data = rng.randbytes(record)
            count = 32 * MIB // record
            for cdb in (REWIND,):
                assert timed(found, s.command, lun, cdb).status == 0, 'REWIND'
            pipelined(s, found, lun, write6(record), count, data)
            assert timed(found, s.command, lun, bytes.fromhex('100000000100')).status == 0, 'WRITE FILEMARKS'
            assert timed(found, s.command, lun, REWIND).status == 0, 'REWIND'
            back = pipelined(s, found, lun, read6(record), count, read=record)
            assert all(each == data for each in back), 'other bytes came back'
            found['bytes'] += 2 * count * record
        assert not s.inbox, s.inbox
        s.logout()
    except Exception as e:
        found['error'] = f'{type(e).__name__}: {e}'
    results.put(found)


class Tool(threading.Thread):
    """evertape stream, again and again, at a drive of its own."""

    def __init__(self, server, until):
        super().__init__(daemon=True)
        self.url = f'iscsi://{server.address[0]}:{server.address[1]}/{server.target}/{TOOL}'
        self.until, self.rounds, self.errors = until, 0, []
        self.start()

    def run(self):
        while time.monotonic() < self.until:
            done = subprocess.run([str(server.evertape_path), 'stream', '--dev', self.url, '--size', '48M', '--overwrite',
                                   '--initiator', 'iqn.2026-01.test:tool'], capture_output=True, text=True, timeout=120)
            self.rounds += 1
            if done.returncode:
                self.errors.append(done.stderr.strip() or done.stdout.strip())
                return


# --- visitors ---

class Visitor(threading.Thread):
    """Comes every second under one name and ISID, looks at every unit, leaves something unfinished, and goes."""

    def __init__(self, n, until):
        super().__init__(daemon=True)
        self.n, self.until, self.rng = n, until, random.Random(SEED * 100 + n)
        self.logins, self.slowest_login, self.slowest, self.errors = 0, 0.0, 0.0, []
        self.left = None
        self.start()

    def session(self):
        if self.n % 2:
            return Session(server.address, server.target, f'iqn.1991-05.com.microsoft:win-{self.n}',
                           keys=WINDOWS_NORMAL, login_itt=1)
        return Session(server.address, server.target, f'iqn.2026-01.test:visitor{self.n}')

    def command(self, s, *args, **how):
        began = time.monotonic()
        r = s.command(*args, **how)
        self.slowest = max(self.slowest, time.monotonic() - began)
        return r

    def look(self, s):
        """Exactly one unit attention at each unit, the right one; then nothing is amiss."""
        wanted = LOSS if self.logins > 1 else NEW
        for lun in LUNS:
            for key in (wanted, None):
                r = self.command(s, lun, TUR)
                if r.status == CONFLICT and lun == PLAYGROUND:
                    continue  # another visitor has it
                assert r.key == key, f'LUN {lun}: {r.key}, not {key}'
            assert self.command(s, lun, INQUIRY, read=255).status == 0
        assert self.command(s, 0, bytes.fromhex('b81000000064010004000000'), read=1024).status == 0

    def leave(self, s):
        """What it has not finished when it goes: tasks, reservation, prevention; and the ways to go."""
        begun = self.rng.randrange(5)
        if begun == 1:
            s.send(s.command_pdu(PLAYGROUND, write6(65536), write=65536))
        elif begun == 2:
            self.command(s, PLAYGROUND, RESERVE)
        elif begun == 3:
            self.command(s, PLAYGROUND, PREVENT)
        elif begun == 4:
            for _ in range(8):
                s.send(s.command_pdu(self.rng.choice(LUNS), TUR))
        way = self.rng.randrange(4)
        if way == 0:
            s.logout()
        elif way == 3:
            return s  # half open: its next login takes over
        s.close(reset=way == 2)
        return None

    def visit(self):
        began = time.monotonic()
        s = self.session().login()
        self.slowest_login = max(self.slowest_login, time.monotonic() - began)
        self.logins += 1
        if self.left:
            assert self.left.closed(2), 'the session it replaces stays'
            self.left.close()
            self.left = None
        self.look(s)
        self.left = self.leave(s)

    def run(self):
        time.sleep(self.n / VISITORS)
        due = time.monotonic()
        while due < self.until and len(self.errors) < 5:
            try:
                self.visit()
            except Exception as e:
                self.errors.append(f'visit {self.logins}: {type(e).__name__}: {e}')
            due += 1
            time.sleep(max(0, due - time.monotonic()))
        if self.left:
            self.left.close()


class Watch(threading.Thread):
    """Memory and descriptors every second; the operator's status, and how long it took."""

    def __init__(self, until):
        super().__init__(daemon=True)
        self.until, self.samples, self.slowest, self.errors = until, [], 0.0, []
        self.start()

    def run(self):
        while time.monotonic() < self.until:
            self.samples.append((server.memory(), server.descriptors()))
            began = time.monotonic()
            try:
                server.evertape('--json', 'status')
            except Exception as e:
                self.errors.append(str(e))
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(1)


# --- the run, and what it must show ---

class Run:
    def go(self):
        self.descriptors = server.descriptors()
        until = time.monotonic() + SECONDS
        results = multiprocessing.Queue()
        writers = [multiprocessing.Process(target=writer, args=(server.address, server.target, lun, until, results))
                   for lun in STREAMED]
        for p in writers:
            p.start()
        tool, self.watch = Tool(server, until), Watch(until)
        self.visitors = [Visitor(n, until) for n in range(VISITORS)]
        for v in self.visitors:
            v.join(SECONDS + 60)
        self.streams = [results.get(timeout=90) for _ in writers]
        for p in writers:
            p.join(20)
        tool.join(120)
        self.watch.join(30)
        self.tool = tool

    def report(self):
        streamed = sum(f['bytes'] for f in self.streams)
        memory = [m for m, _ in self.watch.samples]
        print(f'# {SECONDS:.0f} s, SEED={SEED}: {sum(v.logins for v in self.visitors)} logins of {VISITORS} initiators, the '
              f'slowest {1000 * max(v.slowest_login for v in self.visitors):.0f} ms, their slowest command '
              f'{1000 * max(v.slowest for v in self.visitors):.0f} ms')
        print(f'# {len(self.streams)} writers: {streamed / MIB / SECONDS:.0f} MiB/s, {sum(f["commands"] for f in self.streams)} '
              f'commands, the slowest {1000 * max(f["slowest"] for f in self.streams):.0f} ms; {self.tool.rounds} rounds of '
              f'evertape stream; status took {1000 * self.watch.slowest:.0f} ms at most')
        print(f'# memory {memory[0] / MIB:.1f} MiB at first, {memory[len(memory) // 4] / MIB:.1f} after a quarter, '
              f'{max(memory) / MIB:.1f} at most, {memory[-1] / MIB:.1f} at last; '
              f'descriptors {self.descriptors} before, {max(d for _, d in self.watch.samples)} at most')


the_run = Run()


def test_a_runs():
    """the run itself"""
    the_run.go()
    the_run.report()


def test_logins():
    """every login succeeds, soon; each finds exactly the unit attentions it should"""
    equal([e for v in the_run.visitors for e in v.errors], [])
    for v in the_run.visitors:
        assert v.logins >= SECONDS * 0.8, f'{v.n}: {v.logins} logins in {SECONDS} s'
        assert v.slowest_login < STALL, f'{v.n}: a login took {v.slowest_login:.1f} s'


def test_streams():
    """the streams run on: no error, no unit attention, no stall of 2 s, every byte right"""
    for f in the_run.streams:
        equal(f['error'], None, f['who'])
        assert f['commands'] > 100 and f['slowest'] < STALL, f
    equal(the_run.tool.errors, [])
    assert the_run.tool.rounds > 0


def test_flat():
    """memory and descriptors are flat"""
    memory = [m for m, _ in the_run.watch.samples]
    equal(the_run.watch.errors, [])
    if not server.sanitized():  # the address sanitizer keeps freed memory
        # what leaks stays; a moment in which more is in use than ever before is none
        grown = statistics.median(memory[len(memory) * 3 // 4:]) - max(memory[:len(memory) // 2])
        assert grown < 4 * MIB, f'{grown / 1024:.0f} KiB more in the last quarter than in the first half'
    most = max(d for _, d in the_run.watch.samples)
    assert most <= the_run.descriptors + VISITORS * 2 + 40, f'{most} descriptors'


def test_nothing_left():
    """nothing is left: no session, no task, no reservation, no prevention, no descriptor"""
    assert server.alone(), server.sessions()
    with server.login('last', clear=False) as s:
        s.clear(*LUNS)
        for lun in LUNS:
            equal(s.command(lun, TUR).status, 0)
            equal(s.command(lun, INQUIRY, read=255).status, 0)
        for lun in LUNS[1:]:
            equal(s.command(lun, REWIND).status, 0)
    for number in range(1, 5):
        end = time.monotonic() + 10  # the panel tells of reading and writing for a second after they ended
        while True:
            drive = json.loads(server.evertape('--json', 'drive', 'show', str(number), '--library', 'soak'))
            if drive['activity'] == 'idle' or time.monotonic() > end:
                break
            time.sleep(0.05)
        equal((drive['activity'], drive['prevented']), ('idle', False), f'drive:{number}')
    assert server.alone()
    end = time.monotonic() + 5
    while server.descriptors() > the_run.descriptors + len(LUNS) and time.monotonic() < end:
        time.sleep(0.1)
    now = server.descriptors()
    assert now <= the_run.descriptors + 8, f'{now} descriptors, {the_run.descriptors} before'


if __name__ == '__main__':
    server = Scene()
    server.evertape_path = sys.modules['daemon'].BUILD / 'evertape'
    library(server)
    main(server, tap.tests_of(globals()))
