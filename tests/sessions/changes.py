# SPDX-License-Identifier: Apache-2.0
"""The library changes under those who are logged in, and while others log in: nothing is lost, left behind or half seen."""
import os
import random
import threading

from scene import *

server = Scene()
TAPE, COMER = 1, 3      # a drive that stays; one that comes and goes
CYCLES, WARM_UP = 200, 30
LOSS, POWER_ON = (6, 0x29, 7), (6, 0x29, 0)
UNAVAILABLE = 0x0301
SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
print(f'# SEED={SEED}')


class Poller(threading.Thread):
    """A host that asks, and may now and then reset, a drive that may not be there; several commands at once."""

    def __init__(self, number, resets):
        super().__init__(daemon=True)
        self.rng, self.over, self.count, self.there, self.error = random.Random(SEED + number), False, 0, 0, None
        self.resets = resets
        self.s = server.login(f'poller{number}')
        self.start()

    def ask(self):
        pdus = [self.s.submit(COMER, self.rng.choice([TUR, INQUIRY, RESERVE, RELEASE]), read=0) for _ in range(4)]
        if self.resets and self.rng.random() < 0.2:
            self.s.tmf(LU_RESET, COMER)
        for pdu in pdus:
            try:
                r = self.s.finish(pdu, timeout=0.5 if self.resets else None)
            except Closed as e:
                if not self.resets or 'in time' not in str(e):
                    raise
                continue        # a reset took it
            self.count += 1
            self.there += r.key != (5, 0x25, 0)

    def run(self):
        try:
            while not self.over:
                self.ask()
        except Exception as e:
            self.error = e

    def end(self):
        self.over = True
        self.join(20)
        assert not self.error, repr(self.error)
        self.s.close()


def cycle():
    server.evertape('drive', 'remove', str(COMER), '--force')
    server.evertape('drive', 'add', '--number', str(COMER))


def owed_when_removed(s):
    """A command that the drive is in the middle of when it is taken out."""
    select = bytes.fromhex('151000001000')
    pdu = s.command_pdu(COMER, select, write=16)
    s.send(pdu)
    r2t = s.expect(R2T, itt=pdu.itt)
    waiting = s.submit(COMER, bytes.fromhex('170000000000'))
    server.evertape('drive', 'remove', str(COMER), '--force')
    equal(s.finish(waiting).key, (5, 0x25, 0), 'one that waited')
    s.answer_r2t(r2t, bytes(16))
    equal(s.finish(pdu).key, (5, 0x25, 0), 'the one it was busy with')
    server.evertape('drive', 'add', '--number', str(COMER))


def test_answered():
    """who has commands at a drive that is taken out hears that it is not there, and does not wait in vain"""
    server.evertape('drive', 'add')
    with server.login(keys=SILENT) as s:
        s.clear(COMER)
        owed_when_removed(s)
        s.clear(COMER)
        owed_when_removed(s)
        s.logout()
    assert server.alone()


def test_polled():
    """a drive goes and comes under three hosts that poll it: every command is answered"""
    pollers = [Poller(i, False) for i in range(3)]
    for _ in range(40):
        cycle()
    for p in pollers:
        p.end()
    assert 0 < sum(p.there for p in pollers) < sum(p.count for p in pollers)
    assert server.alone()


def test_add_remove():
    """a drive goes and comes 200 times under three hosts that poll and reset it: memory and descriptors rest"""
    pollers = [Poller(i, True) for i in range(3)]
    for _ in range(WARM_UP):
        cycle()
    descriptors, memory = server.descriptors_at_rest(), server.memory()
    for _ in range(CYCLES):
        cycle()
    more = server.memory() - memory
    becomes(server.descriptors, descriptors, 'descriptors')
    for p in pollers:
        p.end()
    there, count = sum(p.there for p in pollers), sum(p.count for p in pollers)
    print(f'# {count} answers, {there} from the drive itself; {more >> 10} KiB more')
    assert 0 < there < count
    assert server.sanitized() or more < 128 << 10, f'{more >> 10} KiB more after {CYCLES} times'
    with server.login() as s:
        equal(s.command(COMER, INQUIRY, read=255).data[0], 1)
    assert server.alone()


class Visitor(threading.Thread):
    """Logs in again and again; what it sees of the drive must be one and the same while it is there."""

    def __init__(self, number, target, lun):
        super().__init__(daemon=True)
        self.rng, self.over, self.error = random.Random(SEED + number), False, None
        self.target, self.lun, self.name = target, lun, f'visitor{number}'
        self.visits = self.refusals = 0
        self.start()

    def visit(self):
        try:
            s = server.login(self.name, target=self.target, clear=False)
        except LoginRefused as e:
            equal(f'{e.status:04x}', f'{UNAVAILABLE:04x}', 'refused with')
            self.refusals += 1
            return
        with s:
            first = s.command(self.lun, INQUIRY, read=255).data
            heard = attentions(s, self.lun)
            time.sleep(self.rng.random() / 50)
            heard += attentions(s, self.lun)
            assert set(heard) <= {LOSS, POWER_ON}, f'{heard} in the middle of a session'
            equal(s.command(self.lun, INQUIRY, read=255).data, first, 'INQUIRY')
            equal(first[0], 1, 'the drive is there')
            s.logout()
        self.visits += 1

    def run(self):
        try:
            while not self.over:
                self.visit()
                time.sleep(self.rng.random() / 20)
        except Exception as e:
            self.error = e

    def end(self):
        self.over = True
        self.join(20)
        assert not self.error, repr(self.error)


def changes(target, lun, seconds=4):
    """Two visitors while the drive changes whose it is, as often as it may."""
    visitors = [Visitor(i, target, lun) for i in range(2)]
    end, done, names = time.monotonic() + seconds, 0, ('HP Ultrium 6-SCSI', 'IBM ULT3580-TD8')
    while time.monotonic() < end:
        try:
            server.evertape('drive', 'personality', str(COMER), names[done % 2])
            done += 1
        except RuntimeError as e:
            assert 'evertape session drop' in str(e), e
    for v in visitors:
        v.end()
    visits, refusals = (sum(getattr(v, what) for v in visitors) for what in ('visits', 'refusals'))
    print(f'# {done} changes, {visits} visits, {refusals} told to try again')
    assert done > 2 and visits > 2
    assert server.alone()


def test_personality():
    """a drive becomes another's while hosts log in: each sees one machine from its login to its end, or is told to try again"""
    changes(server.target, COMER)


def test_personality_apart():
    """so it is with a target for each device, where the target itself goes and comes"""
    server.evertape('library', 'layout', 'target-per-device', '--force')
    changes(json.loads(server.evertape('--json', 'drive', 'show', str(COMER)))['target'], 0)
    server.evertape('library', 'layout', 'one-target', '--force')


def test_layout():
    """whoever comes back while the layout changes is told to try again, never that there is no such target"""
    errors = []

    def knock():
        while not over.is_set():
            try:
                Session(server.address, server.target, 'iqn.2026-01.test:knock').login().close()
            except LoginRefused as e:
                if e.status != UNAVAILABLE:
                    errors.append(f'{e.status:04x}')
                refused_.append(e.status)
            except (Closed, OSError):
                pass
            time.sleep(0.005)
    over, refused_ = threading.Event(), []
    threads = [threading.Thread(target=knock, daemon=True) for _ in range(2)]
    for t in threads:
        t.start()
    for _ in range(10):
        for layout in ('target-per-device', 'one-target'):
            server.evertape('library', 'layout', layout, '--force')
    over.set()
    for t in threads:
        t.join(20)
    print(f'# {len(refused_)} told to try again')
    equal(errors, [])
    assert server.alone()


class Hasty(threading.Thread):
    """Hosts that send everything at once, commands right behind the login, and hang up at any moment."""

    def __init__(self, number, over):
        super().__init__(daemon=True)
        self.rng, self.over, self.count, self.statuses = random.Random(SEED + number), over, 0, set()
        self.start()

    def behind(self, s):
        return self.rng.choice([
            lambda: s.command_pdu(TAPE, write6(65536), write=65536, data=bytes(65536)),
            lambda: s.command_pdu(2, write6(65536), write=65536),
            lambda: s.number(Pdu(NOP_OUT, FINAL, b'there?', itt=s.itt(), ttt=NO_TAG)),
            lambda: s.number(Pdu(TMF, FINAL | LU_RESET, immediate=True, lun=lun_bytes(TAPE), itt=s.itt(), ttt=NO_TAG)),
            lambda: s.number(Pdu(LOGOUT, FINAL, itt=s.itt(), cid=s.cid))])()

    def visit(self):
        rng, name = self.rng, f'iqn.2026-01.test:hasty{self.rng.randrange(8)}'
        s = Session(server.address, server.target, name, isid=ISID[:5] + bytes([rng.randrange(2)]))
        login = s.pack(s.login_pdu(OPERATIONAL, FULL, {**s.first_login_keys(), 'AuthMethod': None, **s.offer}))
        stream = login + b''.join(s.pack(self.behind(s)) for _ in range(rng.randrange(4)))
        s.send_raw(stream[:rng.choice([len(stream), len(stream), len(login), rng.randrange(len(stream))])])
        self.count += 1
        if rng.random() < 0.5:
            time.sleep(rng.choice([0, 0.005, 0.02]))
        else:
            self.statuses.add(s.receive(2).login_status)
            s.gather(rng.random() / 20)
        s.close(reset=rng.random() < 0.5)

    def run(self):
        while not self.over.is_set():
            try:
                self.visit()
            except (Closed, OSError):
                time.sleep(0.01)


def test_hasty():
    """hosts that speak before they are let in and leave before they are answered, while targets come and go"""
    over = threading.Event()
    hosts = [Hasty(number, over) for number in range(8)]
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for layout in ('target-per-device', 'one-target'):
            server.evertape('library', 'layout', layout, '--force')
            time.sleep(0.05)
    over.set()
    for host in hosts:
        host.join(20)
        assert not host.is_alive()
    statuses = set.union(*(host.statuses for host in hosts))
    print(f'# {sum(host.count for host in hosts)} visits, login statuses {sorted(statuses)}')
    equal(statuses - {0, UNAVAILABLE}, set())
    assert server.alone()
    with server.login('after') as s:
        equal(s.command(TAPE, TUR).status, 0)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
