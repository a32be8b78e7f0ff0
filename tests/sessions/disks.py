# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, files that vanish, a cartridge whose folder hangs: what hosts hear, and who does not notice."""
import fcntl

from small_disk import *
from wait import PATIENCE

SOON = 5  # seconds on an idle machine; what hangs here hangs until it is let go

server = SmallDisk()
written = {}


def test_full():
    """a full disk is a short tape: early warning, the end, a filemark still fits, all of it can be read"""
    with server.login() as s:
        s.command(2, REWIND)
        for n in range(3):
            equal(s.command(2, write6(RECORD), record(n)).status, 0)
        equal(s.command(2, FILEMARK).status, 0)
        s.command(1, REWIND)
        n = written[1] = fill(s, 1, 0)
        mark(s, 1)
        equal(s.command(1, REWIND).status, 0)
        read_back(s, 1, 0, n)
        equal(s.command(1, read6(RECORD), read=RECORD).key, MARK)
        equal(s.command(1, read6(RECORD), read=RECORD).key, BLANK)


def test_full_elsewhere():
    """nothing else breaks on it: the other drive keeps its data, what needs room is refused, what needs none is done"""
    with server.login() as s:
        r = s.command(2, write6(RECORD), record(3))
        assert r.status == 0 or r.key in (END, OVERFLOW), r.key
        s.command(2, REWIND)
        read_back(s, 2, 0, 3)
        equal(s.command(2, read6(RECORD), read=RECORD).key, MARK)
        server.use_up()
        said = server.refused('cartridge', 'create', 'FULL01L8')
        assert 'No space' in said, said
        server.evertape('library', 'create', 'more', '--drives', '9')  # there is room kept for that
        server.evertape('library', 'delete', 'more')
        equal(s.command(0, ELEMENTS, read=8192).status, 0)
        equal(len(json.loads(server.evertape('--json', 'cartridge', 'list'))['cartridges']), 2)
        os.unlink(os.path.join(server.state, 'filler'))


def test_full_and_killed():
    """killed on the full disk it comes back with everything, and with more room it goes on where it was"""
    server.kill()
    server.start()
    assert mounted(server.state, '160m', 'remount')
    with server.login() as s:
        n = written[1]
        read_back(s, 1, 0, n)
        equal(s.command(1, read6(RECORD), read=RECORD).key, MARK)
        for i in range(n, n + 20):
            r = s.command(1, write6(RECORD), record(i))
            equal((r.status, r.key), (0, None))
        equal(s.command(1, SYNC).status, 0)
    server.kill()
    server.start()
    with server.login() as s:
        read_back(s, 1, 0, n)
        equal(s.command(1, read6(RECORD), read=RECORD).key, MARK)
        read_back(s, 1, n, n + 20)
        equal(s.command(1, read6(RECORD), read=RECORD).key, BLANK)


def test_vanished():
    """a folder that vanished: its cartridge is not loaded and stays in its slot, the drive takes the next one"""
    server.evertape('cartridge', 'create', 'GONE01L8', 'GONE02L8')
    server.evertape('drive', 'unload', '2')
    shutil.rmtree(server.folder('GONE01L8'))
    said = server.refused('drive', 'load', '2', 'GONE01L8')
    assert 'could not open' in said, said
    equal(json.loads(server.evertape('--json', 'cartridge', 'show', 'GONE01L8'))['element'][:5], 'slot:')
    server.evertape('drive', 'load', '2', 'GONE02L8')
    with server.login() as s:
        equal(s.command(2, write6(RECORD), record(0)).status, 0)
        shutil.rmtree(server.folder('GONE02L8'))  # in the middle of its life
        for n in range(8):
            r = s.command(2, write6(RECORD), record(n))
            assert r.status == 0 or r.key[0] in (0, MEDIUM, 7, 0xd), r.key
        s.command(2, FILEMARK)
        s.command(2, UNLOAD)
        equal(s.command(1, TUR).status, 0)
    server.evertape('drive', 'unload', '2')
    server.evertape('drive', 'load', '2', 'PDU002L8')
    with server.login() as s:
        read_back(s, 2, 0, 3)


def others_work(*hosts):
    """The other drive, the changer, the panel."""
    for host in hosts:
        for lun, cdb, how in ((2, TUR, {}), (2, REWIND, {}), (2, write6(RECORD), {'write': record(7)}), (2, FILEMARK, {}),
                              (0, TUR, {}), (0, ELEMENTS, {'read': 8192}), (1, INQUIRY, {'read': 255})):
            r = host.command(lun, cdb, timeout=PATIENCE, **how)
            assert r.status == 0 or r.key == END, f'LUN {lun} {cdb.hex()}: {r}'  # the disk is small
    server.drive(2)
    server.evertape('status')


def test_hung():
    """a cartridge whose folder hangs holds up nobody else: the other drive, the changer, the panel, another host"""
    with server.login() as s, server.login('b') as b, open(os.path.join(server.folder('PDU001L8'), 'lock'), 'r+') as lock:
        s.command(2, REWIND)
        _, floor = timed(others_work, s, b)
        fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
        hung = s.submit(1, UNLOAD)
        assert s.quiet(0.3), 'it does not hang'
        in_time(timed(others_work, s, b)[1], SOON, floor, 'what others do')
        fcntl.lockf(lock, fcntl.LOCK_UN, 1, 1)
        equal(s.finish(hung).status, 0)
        equal(s.command(1, LOAD).status, 0)


def visit(name):
    with server.login(name, clear=False, timeout=PATIENCE) as s:
        attentions(s, 2)
        equal(s.command(2, TUR).status, 0)
        s.logout()


def test_left_hanging():
    """the host it hangs for goes away: others come and go all the same, and it is welcome when the folder answers"""
    with open(os.path.join(server.folder('PDU001L8'), 'lock'), 'r+') as lock:
        _, floor = timed(visit, 'b')
        host = server.login('a')
        fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
        host.submit(1, UNLOAD)
        assert host.quiet(0.3), 'it does not hang'
        host.close()
        for name in ('b', 'c', 'b'):
            in_time(timed(visit, name)[1], SOON, floor, 'a visit')
        fcntl.lockf(lock, fcntl.LOCK_UN, 1, 1)
    with server.login('a') as s:
        equal(s.command(1, LOAD).status, 0)
        equal(s.clear(1).command(1, TUR).status, 0)


def test_stop_while_hung():
    """SIGTERM while it hangs: the other drive's data are safe all the same, it says who is stuck and ends in time"""
    with server.login() as s, open(os.path.join(server.folder('PDU001L8'), 'lock'), 'r+') as lock:
        s.command(2, REWIND)
        fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
        s.submit(1, UNLOAD)
        for n in range(20, 25):
            equal(s.command(2, write6(RECORD), record(n)).status, 0)
        server.process.terminate()
        equal(server.ended(30), 1)  # it hangs until this test lets it go
        said = [line for line in server.lines if 'unload timed out' in line]
        assert len(said) == 1 and 'drive:1' in said[0], said
        fcntl.lockf(lock, fcntl.LOCK_UN, 1, 1)
    server.lines.clear()
    server.start()
    with server.login() as s:
        read_back(s, 2, 20, 25)
        equal(s.command(2, read6(RECORD), read=RECORD).key, BLANK)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
