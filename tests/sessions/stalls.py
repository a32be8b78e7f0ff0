# SPDX-License-Identifier: Apache-2.0
"""Files that do not answer: the drive's commands fail in time, hosts can abort, reset and come again, the robot does
not wait, and everything goes on when they answer.  A label that somebody else locks hangs whatever replaces it; a
file system that is frozen hangs whatever writes to it."""
import contextlib
import fcntl
import os
import shutil
import struct
import subprocess

from scene import *

RECORD = 256 << 10
FILEMARK, UNLOAD, LOAD = (bytes.fromhex(x) for x in ('100000000100', '1b0000000000', '1b0000000100'))
ELEMENTS = bytes.fromhex('b8100000ffff0000ffff0000')
NO_ANSWER, NOT_ENDED, RESET = (4, 0x3e, 2), (2, 4, 7), (6, 0x29, 4)
TIMEOUT = 2      # seconds: storage-timeout of this daemon
ABORT_AFTER = 5  # what an abort waits for a command
SLACK = 8        # of a busy machine
FS_IOC_SHUTDOWN, FS_GOING_DOWN_AT_ONCE = 0x8004587d, 2  # ioctl of ext4 and XFS: nothing more is written


class Stalling(Scene):
    def folder(self, barcode):
        return os.path.join(self.state, 'cartridges', barcode)

    @contextlib.contextmanager
    def locked(self, barcode):
        """Its label cannot be replaced meanwhile."""
        with open(os.path.join(self.folder(barcode), 'lock'), 'r+') as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
            yield

    def with_timeout(self, seconds):
        """Starts anew with this much patience."""
        assert self.stop(), 'the daemon did not end well'
        self.settings['storage-timeout'] = seconds
        self.lines.clear()
        self.start()

    def said(self, text):
        return any(text in line for line in self.lines)

    def refused(self, *words):
        """What the command says when it is refused, and how long that took."""
        began = time.monotonic()
        try:
            self.evertape(*words)
        except RuntimeError as e:
            return str(e), time.monotonic() - began
        raise AssertionError(f'{words} is not refused')


server = Stalling(settings={'storage-timeout': TIMEOUT})


def others_go_on(*hosts):
    """The other drive, the changer, the panel: all at once, whatever hangs."""
    began = time.monotonic()
    for host in hosts:
        for lun, cdb, how in ((2, TUR, {}), (2, REWIND, {}), (2, write6(RECORD), {'write': bytes(RECORD)}), (2, FILEMARK, {}),
                              (0, TUR, {}), (0, ELEMENTS, {'read': 8192}), (1, INQUIRY, {'read': 255})):
            equal(host.command(lun, cdb, **how).status, 0, f'LUN {lun} {cdb.hex()}')
    server.evertape('status')
    took = time.monotonic() - began
    assert took < SLACK, f'{took:.1f} s'


def quick_elsewhere(s, what, before=lambda: None):
    """The other drive and the changer answer within a second.  Three rounds, the best counts: the machine may be busy,
    but what waits for the first drive does so in each."""
    rounds = []
    for _ in range(3):
        before()
        slowest = 0
        for lun, cdb, how in ((2, REWIND, {}), (2, write6(RECORD), {'write': record(7)}), (2, FILEMARK, {}), (2, REWIND, {}),
                              (2, read6(RECORD), {'read': RECORD}), (2, TUR, {}), (0, TUR, {}), (0, ELEMENTS, {'read': 8192})):
            began = time.monotonic()
            r = s.command(lun, cdb, **how)
            slowest = max(slowest, time.monotonic() - began)
            equal(r.status, 0, f'LUN {lun} {cdb.hex()}')
        rounds.append(slowest)
    print(f'# {what}: the slowest command elsewhere {min(rounds) * 1000:.0f} ms', flush=True)
    assert min(rounds) < 1, rounds


def comes_back(s, lun=1):
    """The drive says so once, and works again."""
    assert wait_for(lambda: s.command(lun, TUR).key == RESET), 'no unit attention says that it is back'
    s.clear(lun)


def test_fails_in_time():
    """a command whose files do not answer fails after the storage timeout, and so does what comes behind it"""
    with server.login() as s, server.login('b') as b:
        with server.locked('PDU001L8'):
            began = time.monotonic()
            hung = s.submit(1, UNLOAD)
            behind = b.submit(1, REWIND)
            r = s.finish(hung, timeout=TIMEOUT + SLACK)
            took = time.monotonic() - began
            equal(r.key, NO_ANSWER)
            assert TIMEOUT - 0.1 < took, f'{took:.1f} s'
            equal(b.finish(behind).key, NO_ANSWER)
            for host in (s, b):
                equal(host.command(1, TUR).key, NO_ANSWER)
                equal(host.command(1, read6(RECORD), read=RECORD).key, NO_ANSWER)
                equal(host.command(1, INQUIRY, read=255).status, 0)
            others_go_on(s, b)
            equal(server.drive(1)['activity'], 'stalled')
            health = json.loads(server.evertape('--json', 'status'))['health']
            assert {'drive-stalled', 'drive-hard-error'} <= {p['check'] for p in health['problems']}, health
            assert wait_for(lambda: server.said('have not responded for 2 s')), server.lines
            said, took = server.refused('drive', 'unload', '1', '--force')
            assert 'do not respond' in said, said
            assert took < SLACK, f'{took:.1f} s'
        comes_back(s)
        comes_back(b)
        assert wait_for(lambda: server.said('respond again')), server.lines
        equal(s.command(1, LOAD).status, 0)
        equal(s.clear(1).command(1, TUR).status, 0)


def test_robot():
    """the robot leaves without the cartridge: it stays in the drive, and can be taken when its files answer"""
    with server.login() as s:
        with server.locked('PDU001L8'):
            said, took = server.refused('drive', 'unload', '1', '--force')
            assert 'do not respond' in said, said
            assert took < TIMEOUT + SLACK, f'{took:.1f} s'
            said, took = server.refused('cartridge', 'move', 'PDU001L8', 'slot:1', '--force')
            assert took < SLACK, f'{took:.1f} s'
            equal(element_of('PDU001L8'), 'drive:1')
            server.evertape('cartridge', 'create', 'MORE01L8')
            equal(s.command(0, TUR).key, (6, 0x28, 0))  # which the changer tells
            others_go_on(s)
        assert wait_for(lambda: server.drive(1)['activity'] == 'idle'), server.drive(1)
        equal(element_of('PDU001L8'), 'drive:1')
        s.clear(1)
        equal(s.command(1, TUR).key, (2, 4, 2))
        equal(s.command(1, LOAD).status, 0)
        s.clear(1)
    server.evertape('drive', 'unload', '1', '--force')
    assert element_of('PDU001L8').startswith('slot:')
    server.evertape('drive', 'load', '1', 'PDU001L8')


def element_of(barcode):
    return json.loads(server.evertape('--json', 'cartridge', 'show', barcode))['element']


def aborts(s, function):
    """A task management function while a command hangs, and what the drive says until it is back."""
    with server.locked('PDU001L8'):
        hung = s.submit(1, UNLOAD)
        assert s.quiet(0.3), 'it does not hang'
        began = time.monotonic()
        equal(s.tmf(function, 1, hung.itt if function == ABORT_TASK else NO_TAG), 0)
        took = time.monotonic() - began
        assert took < ABORT_AFTER + SLACK, f'{took:.1f} s'
        s.clear(0, 2)
        if function == LU_RESET:
            equal(s.command(1, TUR).key, (6, 0x29, 3))
        equal(s.command(1, TUR).key, NOT_ENDED)
        equal(s.command(1, REWIND).key, NOT_ENDED)
        others_go_on(s)
        quick_elsewhere(s, 'a drive that hangs')
    comes_back(s)
    equal(s.command(1, LOAD).status, 0)
    s.clear(1)


def test_abort():
    """ABORT TASK of a command that hangs is answered in time"""
    server.with_timeout(60)
    with server.login(timeout=30) as s:
        aborts(s, ABORT_TASK)


def test_reset():
    """LOGICAL UNIT RESET while a command hangs is answered in time"""
    with server.login(timeout=30) as s:
        aborts(s, LU_RESET)


def test_comes_again():
    """the host whose command hangs logs in again, under the same name, while it still hangs"""
    with server.locked('PDU001L8'):
        s = server.login(timeout=30)
        s.submit(1, UNLOAD)
        assert s.quiet(0.3), 'it does not hang'
        s.close()
        began = time.monotonic()
        with server.login(clear=False, timeout=30) as again:
            took = time.monotonic() - began
            assert took < ABORT_AFTER + SLACK, f'{took:.1f} s'
            again.clear(0, 2)
            others_go_on(again)
            equal(again.command(1, INQUIRY, read=255).status, 0)
    with server.login() as s:
        assert wait_for(lambda: s.clear(1).command(1, LOAD).status == 0), 'the drive does not come back'
        equal(s.clear(1).command(1, TUR).status, 0)


class Frozen:
    """A cartridge whose folder is a file system of its own, which can be frozen."""

    def __init__(self, barcode, megabytes=96):
        self.folder, self.image = server.folder(barcode), os.path.join(server.state, 'frozen.image')
        self.frozen = False
        side = os.path.join(server.state, 'side')
        with open(self.image, 'wb') as f:
            f.truncate(megabytes << 20)
        run('mkfs.ext4', '-q', '-F', '-m', '0', self.image)
        os.mkdir(side)
        run('mount', '-o', 'loop', self.image, side)
        run('cp', '-a', self.folder + '/.', side)
        run('umount', side)
        os.rmdir(side)
        run('mount', '-o', 'loop', self.image, self.folder)

    def freeze(self, on):
        run('fsfreeze', '-f' if on else '-u', self.folder)
        self.frozen = on

    def die(self):
        """From now on each operation on it ends with EIO."""
        fd = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack('I', FS_GOING_DOWN_AT_ONCE))
        os.close(fd)

    def end(self):
        if self.frozen:
            self.freeze(False)
        # the label of a cartridge that has just been moved is written behind the move
        assert wait_for(lambda: subprocess.run(['umount', self.folder], capture_output=True).returncode == 0), 'still in use'


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


def record(n):
    return n.to_bytes(8, 'big') * (RECORD // 8)


def disk_of(barcode):
    """A file system of its own for the cartridge, which is in drive 1; None, and says why, when that cannot be."""
    if os.geteuid() or not shutil.which('fsfreeze') or not shutil.which('mkfs.ext4'):
        print('# no permission, or no tools, to freeze a file system')
        return None
    server.with_timeout(TIMEOUT)
    server.evertape('drive', 'unload', '1', '--force')
    try:
        return Frozen(barcode)
    except subprocess.CalledProcessError as e:
        print(f'# no file system to freeze: {e.stderr.decode().strip()}')
        return None


def on_disk_of_its_own(test):
    """Calls test(disk, session) while the cartridge in drive 1 is on a file system of its own, rewound."""
    disk = disk_of('PDU001L8')
    if not disk:
        return
    try:
        server.evertape('drive', 'load', '1', 'PDU001L8')
        with server.login(timeout=30) as s:
            equal(s.command(1, REWIND).status, 0)
            test(disk, s)
        server.evertape('drive', 'unload', '1', '--force')
    finally:
        disk.end()
    server.evertape('drive', 'load', '1', 'PDU001L8')


def test_frozen():
    """writes that do not come to an end: the host hears of it in time, what was synchronised is there afterwards"""
    def frozen(disk, s):
        for n in range(5):
            equal(s.command(1, write6(RECORD), record(n)).status, 0)
        equal(s.command(1, FILEMARK).status, 0)
        disk.freeze(True)
        for n in range(5, 10):
            r = s.command(1, write6(RECORD), record(n))
            if r.status:
                break
        began = time.monotonic()
        if not r.status:
            r = s.command(1, FILEMARK, timeout=TIMEOUT + SLACK)
        took = time.monotonic() - began
        equal(r.key, NO_ANSWER, f'after {took:.1f} s')
        others_go_on(s)
        quick_elsewhere(s, 'a file system that hangs')
        disk.freeze(False)
        comes_back(s)
        equal(s.command(1, REWIND).status, 0)
        for n in range(5):
            r = s.command(1, read6(RECORD), read=RECORD)
            assert r.status == 0 and r.data == record(n), f'record {n}: {r}'
        equal(s.command(1, UNLOAD).status, 0)
    on_disk_of_its_own(frozen)


def test_sick():
    """writes that all end with EIO: the host hears of each, and no other drive waits for them"""
    def sick(disk, s):
        disk.die()

        def fails():
            said = [s.command(1, *words, **how).status for words, how in (((write6(RECORD),), {'write': record(1)}), ((FILEMARK,), {}))]
            assert any(said), 'nothing failed'
        quick_elsewhere(s, 'a cartridge with EIO', fails)
        s.command(1, UNLOAD)
    on_disk_of_its_own(sick)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
