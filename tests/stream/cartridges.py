# SPDX-License-Identifier: Apache-2.0
"""Which cartridges evertape stream writes: named, selected, never WORM, and always moved back."""
import contextlib
import json
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import BUILD, Server, main
from foreign_target import (DRIVE, HANG_UP, INQUIRY, MODE_SENSE, READ_ELEMENT_STATUS, SLOT, Foreign, Refuse, asked, report)
from pdu import Session
from tap import equal
from wait import wait_for

server = Server()
MUCH = '200G'  # more than any test waits for


def place():
    return '%s:%d' % server.address


def command(*words, flags=()):
    return [str(BUILD / 'evertape'), *flags, 'stream', *map(str, words)]


def stream(*words, flags=(), portal=None):
    return subprocess.run(command(portal or place(), *words, flags=flags), text=True, capture_output=True, timeout=300)


def good(*words, **how):
    done = stream('--size', '1M', *words, **how)
    equal((done.returncode, done.stderr), (0, ''))
    return done.stdout


def refused(says, *words, **how):
    done = stream('--size', '1M', *words, **how)
    equal(done.returncode, 1, done.stdout)
    equal(done.stderr.count('\n'), 1, done.stderr)
    for word in [says] if isinstance(says, str) else says:
        assert word in done.stderr, f'{word}: {done.stderr}'


def cartridges(library='test'):
    return {c['barcode']: c for c in json.loads(server.evertape('--json', 'cartridge', 'list'))['cartridges']
            if c['library'] == library}


def places(library='test'):
    return {b: c['element'] for b, c in cartridges(library).items()}


def show(barcode):
    return json.loads(server.evertape('--json', 'cartridge', 'show', barcode))


def unload():
    for number in ('1', '2'):
        with contextlib.suppress(RuntimeError):
            server.evertape('drive', 'unload', number)


def written(number=1):
    return json.loads(server.evertape('--json', 'drive', 'show', str(number)))['bytes_written']


def begun(words, *barcodes, **more):
    """Starts words, and waits until each drive, from the first one on, has its cartridge and writes.  The position
    does not say so: it is beyond the first records also while the last record is looked at before."""
    drives = range(1, len(barcodes) + 1)
    before = [written(n) for n in drives]
    child = subprocess.Popen(words, text=True, stderr=subprocess.PIPE, **more)

    def now():
        shown = [json.loads(server.evertape('--json', 'drive', 'show', str(n))) for n in drives]
        return child.poll() is not None or all(
            d['barcode'] == b and d['bytes_written'] > w for d, b, w in zip(shown, barcodes, before))
    assert wait_for(now) and child.poll() is None, child.communicate()
    return child


@contextlib.contextmanager
def remade(*barcodes, words=()):
    """Cartridges for one test."""
    for barcode in barcodes:
        server.evertape('cartridge', 'create', barcode, *words)
    try:
        yield
    finally:
        for barcode in barcodes:
            server.evertape('cartridge', 'delete', barcode, *FORCE)


FORCE = ['--force'] if '--force' in server.evertape('cartridge', 'delete', '--help') else []


# --- names ---

def test_named():
    """the cartridges that will be written are named before anything is written, and afterwards"""
    said = good()
    at = [said.index(text) for text in ('will write PDU001L8 in drive:1 (LUN 1)\n', 'will write PDU002L8 in drive:2 (LUN 2)\n',
                                        '\nwrite  block', '\nPDU001L8 is in drive:1, 1048576 bytes written\n',
                                        '\nPDU002L8 is in drive:2, 1048576 bytes written\n')]
    equal(at, sorted(at))
    seed = said.split()[-1]
    said = good('--phases', 'read', '--seed', seed)
    assert 'will read PDU001L8 in drive:1 (LUN 1)\n' in said and 'bytes written' not in said, said
    seen = json.loads(good(flags=['--json']))['cartridges']
    equal([(c['barcode'], c['drive'], c['loaded_from'], c['bytes_written'], c['stays_in_drive']) for c in seen],
          [('PDU001L8', 'drive:1', None, 1 << 20, True), ('PDU002L8', 'drive:2', None, 1 << 20, True)])


def test_none_before_all():
    """nothing is written to any cartridge when one of them must not be"""
    with remade('FOR001L8'):
        server.evertape('drive', 'unload', '2')
        server.evertape('drive', 'load', '2', 'FOR001L8')
        foreign(2)
        before = written()
        refused(('FOR001L8 in the drive at LUN 2', 'data of another program', '--overwrite'))
        equal((written(), places()['FOR001L8']), (before, 'drive:2'))
        server.evertape('drive', 'unload', '2')
        server.evertape('drive', 'load', '2', 'PDU002L8')


def foreign(lun, behind=False):
    """A record of another program, at the beginning of a tape or behind its data."""
    with Session(server.address, server.target, 'iqn.2026-01.test:somebody').login() as s:
        s.clear(lun)
        equal(s.command(lun, bytes.fromhex('110300000000' if behind else '010000000000')).status, 0)
        equal(s.command(lun, bytes.fromhex('0a0000100000'), b'mine' * 1024).status, 0)
        equal(s.command(lun, bytes.fromhex('100000000100')).status, 0)


def test_appended():
    """a tape of the load generator to which another program has appended is not written"""
    unload()
    with remade('APP001L8'):
        good('--barcode', 'APP001L8')
        server.evertape('drive', 'load', '1', 'APP001L8')
        foreign(1, behind=True)
        refused(('APP001L8', 'data of another program'))
        server.evertape('drive', 'unload', '1')
        refused('APP001L8: it holds data of another program', '--barcode', 'APP001L8')
        equal(show('APP001L8')['usage']['objects'], 7)  # 4 records and a filemark of ours, 2 of theirs
        good('--barcode', 'APP001L8', '--overwrite')
        server.evertape('drive', 'load', '1', 'PDU001L8')


# --- --barcode ---

def test_barcode():
    """--barcode takes this cartridge from its slot and back, and one that is in a drive where it is"""
    unload()
    with remade('BAR001L8', 'BAR002L8'):
        before = places()
        said = good('--barcode', 'BAR002L8')
        assert f'will write BAR002L8 from {before["BAR002L8"]}, in drive:1 (LUN 1)\n' in said, said
        assert f'\nBAR002L8 is back in {before["BAR002L8"]}, 1048576 bytes written\n' in said, said
        assert 'BAR001L8' not in said and 'PDU' not in said, said
        equal(places(), before)
        server.evertape('drive', 'load', '2', 'BAR001L8')
        said = good('--barcode', 'BAR002L8', '--barcode', 'BAR001L8')
        seed = said.split()[-1]
        assert 'will write BAR002L8 from' in said and 'will write BAR001L8 in drive:2' in said, said
        server.evertape('drive', 'unload', '2')
        equal(places(), before)
        # Whatever drives they are in, each is read as what it was written as.
        good('--barcode', 'BAR002L8', '--barcode', 'BAR001L8', '--phases', 'read', '--seed', seed)
        equal(places(), before)
        equal({b: c['loads'] for b, c in cartridges().items() if b.startswith('BAR')}, {'BAR001L8': 2, 'BAR002L8': 3})


def test_barcode_refused():
    """a --barcode that cannot be loaded is reported with its element, and nothing is moved"""
    unload()
    with remade('BAR001L8', 'BAR002L8', 'BAR003L8'):
        server.evertape('cartridge', 'move', 'BAR001L8', 'mailslot:1')
        server.evertape('drive', 'load', '1', 'BAR002L8')
        before, drive = places(), f'iscsi://{place()}/{server.target}/2'
        refused('no changer reports cartridge NOPE01L8', '--barcode', 'NOPE01L8')
        refused('BAR001L8 is in mailslot:1, not in a slot', '--barcode', 'BAR001L8')
        refused('BAR002L8 is in drive:1, which is not one of the named drives', '--barcode', 'BAR002L8', portal=drive)
        refused('no changer reports cartridge NOPE01L8; BAR003L8 is back in', '--barcode', 'BAR003L8', '--barcode',
                'NOPE01L8')
        server.evertape('drive', 'load', '2', 'PDU001L8')
        refused('but no drive of its changer is empty', '--barcode', 'BAR003L8')
        server.evertape('drive', 'unload', '2')
        equal(places(), before)
        equal(stream('--barcode', 'A', '--barcode', 'A').returncode, 2)
        equal(stream('--barcode', 'A' * 33).returncode, 2)
        server.evertape('cartridge', 'move', 'BAR001L8', 'slot:20')
        server.evertape('drive', 'unload', '1')


# --- what --load never takes ---

def test_worm():
    """--load never takes a WORM cartridge: one known by its barcode is not moved, one that the drive reports as WORM is moved back"""
    unload()
    for barcode in ('PDU001L8', 'PDU002L8'):
        server.evertape('cartridge', 'delete', barcode, *FORCE)
    with remade('AW0001LY'), remade('NOSUF1', words=('--generation', 'lto8', '--worm')):
        before, drive = places(), f'iscsi://{place()}/{server.target}/1'
        refused(('no slot holds a usable cartridge for LUN 1', 'AW0001LY: it is WORM', 'NOSUF1: it is WORM'), '--load')
        with remade('DAT001L8'):
            assert '\nDAT001L8 is back in ' in good('--load', portal=drive)
        equal(places(), before)
        for barcode in ('AW0001LY', 'NOSUF1'):
            for overwrite in ([], ['--overwrite']):
                refused(f'{barcode}: it is WORM', '--barcode', barcode, *overwrite)
            equal(show(barcode)['usage']['objects'], 0, barcode)
        equal(show('AW0001LY')['loads'], 0)
        # One that is in the drive already is not written to either.
        server.evertape('drive', 'load', '1', 'NOSUF1')
        refused('NOSUF1 in the drive at LUN 1: it is WORM', '--overwrite', portal=drive)
        equal(show('NOSUF1')['usage']['objects'], 0)
        good('--phases', 'tur', portal=drive)
        server.evertape('drive', 'unload', '1')
        equal(places(), before)
    for barcode in ('PDU001L8', 'PDU002L8'):
        server.evertape('cartridge', 'create', barcode)


def elsewhere(drive, *barcodes, layout='one-target', words=()):
    """A separate library for a test: its portal as arguments."""
    server.evertape('library', 'create', 'other', '--drives', '2', '--slots', '6', '--mailslots', '0', '--drive', drive,
                    '--layout', layout)
    for barcode in barcodes:
        server.evertape('cartridge', 'create', barcode, '--library', 'other', *words)
    return json.loads(server.evertape('--json', 'library', 'show', 'other'))


def tidy(*barcodes):
    for barcode in barcodes:
        server.evertape('cartridge', 'delete', barcode, *FORCE)
    server.evertape('library', 'delete', 'other', '--force')


def test_generations():
    """an lto8 cartridge in a library of lto7 drives is not moved, one that fits is loaded"""
    shown = elsewhere('IBM ULT3580-TD7', 'AAA001L8', 'BBB001L5', 'CCC001L7', 'DDD001L7')
    where = f'iscsi://{place()}/{shown["target"]}'
    before = places('other')
    said = good('--load', portal=where + '/1')
    assert 'will write CCC001L7 from slot:3, in drive:1' in said, said
    said = good('--load', portal=where)
    assert 'will write CCC001L7' in said and 'will write DDD001L7' in said, said
    equal(places('other'), before)
    refused('AAA001L8: it does not fit the drive', '--barcode', 'AAA001L8', portal=where)
    refused('BBB001L5: it is write-protected, or read-only in this drive', '--barcode', 'BBB001L5', portal=where)
    equal(places('other'), before)
    tidy('AAA001L8', 'BBB001L5', 'CCC001L7', 'DDD001L7')


def test_hp_worm():
    """an HP drive's medium type 01h is WORM, too"""
    shown = elsewhere('HP Ultrium 6-SCSI', 'HPWORM', words=('--generation', 'lto6', '--worm'))
    server.evertape('cartridge', 'create', 'HPDATA', '--generation', 'lto6', '--library', 'other')
    where = f'iscsi://{place()}/{shown["target"]}/1'
    assert 'will write HPDATA' in good('--load', portal=where)
    refused('HPWORM: it is WORM', '--barcode', 'HPWORM', portal=where)
    tidy('HPWORM', 'HPDATA')


def test_protected():
    """--load skips write-protected cartridges and data of other programs, and uses the next cartridge"""
    unload()
    with remade('AAA001L8', 'AAA002L8', 'AAA003L8'):
        for barcode in ('PDU001L8', 'PDU002L8', 'AAA001L8'):
            server.evertape('cartridge', 'protect', barcode)
        server.evertape('drive', 'load', '1', 'AAA002L8')
        foreign(1)
        server.evertape('drive', 'unload', '1', '--force')
        before = places()
        said = good('--load', portal=f'iscsi://{place()}/{server.target}/2')
        assert 'will write AAA003L8 from' in said and 'in drive:2 (LUN 2)' in said, said
        equal(places(), before)
        equal(show('AAA002L8')['usage']['objects'], 2)
        for barcode in ('PDU001L8', 'PDU002L8', 'AAA001L8'):
            server.evertape('cartridge', 'unprotect', barcode)


# --- home again ---

def interrupted(number, barcodes, *words, flags=()):
    """A run that gets a signal while it writes; its output."""
    child = begun(command(place(), '--size', MUCH, *words, flags=flags), *barcodes, stdout=subprocess.PIPE)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    equal(child.returncode, 130, err)
    return out, err


def running():
    """A run that writes on PDU001L8, brought from its slot."""
    return begun(command(place(), '--size', MUCH, '--barcode', 'PDU001L8'), 'PDU001L8', stdout=subprocess.DEVNULL)


def test_interrupted():
    """SIGINT, SIGTERM and SIGHUP while it writes: the cartridges are moved back to their slots, and the output says so"""
    unload()
    before = places()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        _, err = interrupted(number, ('PDU001L8', 'PDU002L8'), '--load')
        equal(err, f'evertape: stream: interrupted; PDU001L8 is back in {before["PDU001L8"]}; '
                   f'PDU002L8 is back in {before["PDU002L8"]}\n')
        equal(places(), before)
    out, err = interrupted(signal.SIGINT, ('PDU002L8',), '--barcode', 'PDU002L8', flags=['--json'])
    document = json.loads(out)
    assert document['failed'] and err == f'evertape: {"stream: "}{document["error"]["message"]}\n', (document, err)
    equal([(c['barcode'], c['stays_in_drive']) for c in document['cartridges']], [('PDU002L8', False)])
    equal(places(), before)
    # What was in the drive before stays there.
    server.evertape('drive', 'load', '1', 'PDU001L8')
    _, err = interrupted(signal.SIGINT, ('PDU001L8',))
    equal(err, 'evertape: stream: interrupted\n')
    equal(places()['PDU001L8'], 'drive:1')
    server.evertape('drive', 'unload', '1')
    good('--load')


def test_reader_gone():
    """no cartridge stays in a drive when the reader of its output has closed the pipe"""
    unload()
    before = places()
    done = subprocess.run(' '.join(command(place(), '--size', '4M', '--block', '4K,64K', '--load')) + ' | head -n 1',
                          shell=True, text=True, capture_output=True, timeout=120)
    assert done.stdout.startswith('will write PDU001L8'), done
    tap.becomes(places, before)


def test_slot_taken():
    """another cartridge was moved into its slot meanwhile: it is moved to a free slot, and the output says so"""
    unload()
    with remade('TAK001L8'):
        before = places()
        child = running()
        server.evertape('cartridge', 'move', 'TAK001L8', before['PDU001L8'])
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=60)
        now = places()['PDU001L8']
        assert now.startswith('slot:') and now != before['PDU001L8'], now
        equal(err, f'evertape: stream: interrupted; PDU001L8 is in {now}, because its own slot is occupied\n')
        server.evertape('cartridge', 'move', 'TAK001L8', 'slot:20')
        server.evertape('cartridge', 'move', 'PDU001L8', before['PDU001L8'])


def test_unloaded():
    """a cartridge that another host has unloaded meanwhile is moved back, too"""
    unload()
    before = places()
    child = running()
    with Session(server.address, server.target, 'iqn.2026-01.test:somebody').login() as s:
        s.clear(1)
        equal(s.command(1, bytes.fromhex('1b0000000000')).status, 0)
    _, err = child.communicate(timeout=60)
    equal(child.returncode, 1)
    assert 'NOT READY' in err and err.endswith(f'; PDU001L8 is back in {before["PDU001L8"]}\n'), err
    equal(places(), before)


def test_stays():
    """a cartridge that cannot be put back is named with its drive, and the exit code is 1"""
    unload()
    child = running()
    server.kill()
    _, err = child.communicate(timeout=120)
    server.start()
    equal(child.returncode, 1)
    assert 'PDU001L8 stays in drive:1: ' in err and err.count('\n') == 1, err
    server.evertape('drive', 'unload', '1')


def test_target_per_device():
    """the changer of the drives may be at a target of its own"""
    shown = elsewhere('IBM ULT3580-TD8', 'TPD001L8', layout='target-per-device')
    before = places('other')
    where = f'iscsi://{place()}/{shown["drives"][1]["target"]}/0'
    said = good('--load', portal=where)
    assert 'will write TPD001L8 from slot:1, in drive:2 (LUN 0)' in said and 'TPD001L8 is back in slot:1' in said, said
    equal(places('other'), before)
    tidy('TPD001L8')


# --- anybody's changer ---

class Robot:
    """A changer and a tape drive of another vendor: where each cartridge is, and how it behaves."""

    def __init__(self, worm=(), unfit=(), refused=(), slow=0):
        self.at = {1000: 'AAA001', 1001: 'BBB001', 1002: 'CCC001', 500: None, 501: None}
        self.worm, self.unfit, self.refused, self.slow = worm, unfit, refused, slow
        self.waits, self.moves, self.threaded = 0, [], False

    def elements(self, cdb):
        kind = asked(cdb)[0]
        found = []
        for address in {DRIVE: [500], SLOT: [1000, 1001, 1002], 1: [0]}.get(kind, []):
            barcode = self.at.get(address)
            found.append(address.to_bytes(2, 'big') + bytes([bool(barcode)]) + bytes(9)
                         + (barcode or '').encode().ljust(32) + bytes(4))
        body = b''.join(found)
        whole = bytes([kind, 0x80, 0, 48]) + len(body).to_bytes(4, 'big') + body if body else b''
        return report([whole], len(found))

    def move(self, cdb):
        source, to = int.from_bytes(cdb[4:6], 'big'), int.from_bytes(cdb[6:8], 'big')
        self.moves.append((source, to))
        if self.at[source] in self.refused:
            return Refuse(5, 0x30)
        if source == 500 and self.threaded:
            return Refuse(5, 0x53, 1)
        self.at[to], self.at[source] = self.at[source], None
        self.threaded, self.waits = to == 500, self.slow
        return b''

    def ready(self):
        if not self.threaded:
            return Refuse(2, 0x3a)
        if self.waits:
            self.waits -= 1
            return Refuse(2, 4, 1)
        return Refuse(3, 0x30, 1) if self.at[500] in self.unfit else b''

    def mode(self, cdb):
        if cdb[2] & 0x3f == 0x1d:
            return bytes([35, 0, 0, 0, 0x1d, 30, self.at[500] in self.worm]) + bytes(29)
        return bytes([11, 0, 0, 8, 0x77]) + bytes(7)

    def __call__(self, cdb, lun):
        if lun == 0:
            if cdb[0] == READ_ELEMENT_STATUS:
                return Refuse() if cdb[6] & 1 else self.elements(cdb)  # knows no DVCID
            return self.move(cdb) if cdb[0] == 0xa5 else None
        if lun == 2:
            return bytes([0x7f, 0, 5, 2, 31]) + bytes(31) if cdb[0] == INQUIRY else Refuse(5, 0x25)
        if cdb[0] == 0x1b:
            self.threaded = bool(cdb[4] & 1)
            return b''
        answers = {0: self.ready, 0x1a: lambda: self.mode(cdb), 8: lambda: Refuse(8, 0, 5)}
        return b'' if cdb[0] in (1, 0x0a, 0x10, 0x11) else answers.get(cdb[0], lambda: None)()


def foreign_run(robot, *words):
    with Foreign(robot) as target:
        return stream('--load', '--phases', 'write', '--block', '512', '--count', '4', *words,
                      portal=f'iscsi://{target.portal}/iqn.2001-04.test:foreign/1')


def test_foreign():
    """with another vendor's changer: WORM is known by mode page 1Dh, media that do not fit by the answer to the move or to the drive's commands"""
    for how, taken in (({}, 'AAA001'), ({'worm': ['AAA001']}, 'BBB001'), ({'refused': ['AAA001', 'BBB001']}, 'CCC001'),
                       ({'unfit': ['AAA001'], 'worm': ['BBB001']}, 'CCC001'), ({'slow': 2}, 'AAA001')):
        robot = Robot(**how)
        before = dict(robot.at)
        done = foreign_run(robot)
        equal((done.returncode, done.stderr), (0, ''), str(how))
        slot = next(a for a, b in before.items() if b == taken) - 999
        assert f'will write {taken} from slot:{slot}, in drive:1 (LUN 1)' in done.stdout, done.stdout
        assert f'{taken} is back in slot:{slot}' in done.stdout, done.stdout
        equal(robot.at, before, str(how))
    robot = Robot(worm=['AAA001'], refused=['BBB001'], unfit=['CCC001'])
    done = foreign_run(robot)
    equal(done.returncode, 1, done.stdout)
    for word in ('AAA001: it is WORM', 'BBB001: it does not fit', 'CCC001: it does not fit'):
        assert word in done.stderr, done.stderr
    equal(robot.at, before)


def test_foreign_dies():
    """a changer that closes the connection on READ ELEMENT STATUS: names are missing, the stream goes on"""
    robot = Robot()
    robot.at[500], robot.threaded = 'ZZZ001', True

    def rude(cdb, lun):
        return HANG_UP if lun == 0 and cdb[0] in (READ_ELEMENT_STATUS, MODE_SENSE) else robot(cdb, lun)
    with Foreign(rude) as target:
        done = stream('--phases', 'write', '--block', '512', '--count', '4',
                      portal=f'iscsi://{target.portal}/iqn.2001-04.test:foreign/1')
    equal((done.returncode, done.stderr), (0, ''))
    assert 'will write the cartridge at LUN 1 of iqn.2001-04.test:foreign (no changer reports' in done.stdout, done.stdout


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
