# SPDX-License-Identifier: Apache-2.0
"""A disk without a free byte: the daemon starts, moves, unloads, deletes and reads, and goes on when there is room."""
from small_disk import *

server = Image()
BLANKS = ('PDU003L8', 'PDU004L8', 'PDU005L8', 'PDU006L8')
written = {}
ERASE = bytes.fromhex('190000000000')
MODE_HEADER = bytes.fromhex('1a083f000400')


def shelf():
    return {c['barcode']: c['element'] for c in json.loads(server.evertape('--json', 'cartridge', 'list'))['cartridges']}


def carry_on():
    """What a robot and its operator do all day, on a disk that has nothing left."""
    for turn in range(3):
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('drive', 'load', '2', BLANKS[turn])
        server.evertape('cartridge', 'move', BLANKS[3], f'slot:{10 + turn}')
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('drive', 'load', '2', 'PDU002L8')
    where = shelf()
    equal((where['PDU001L8'], where['PDU002L8'], where[BLANKS[3]]), ('drive:1', 'drive:2', 'slot:12'))


def read_all():
    with server.login() as s:
        for lun in (1, 2):
            equal(s.command(lun, REWIND).status, 0)
            read_back(s, lun, 0, written[lun])
            equal(s.command(lun, read6(RECORD), read=RECORD).key, MARK)


def test_last_byte():
    """tapes, rules and drives take most of the disk, another program the rest: not a byte is free, moves go on"""
    server.evertape('cartridge', 'create', *BLANKS)
    with server.login() as s:
        s.command(2, REWIND)
        for n in range(8):
            equal(s.command(2, write6(RECORD), record(n)).status, 0)
        mark(s, 2)
        written[2] = 8
        s.command(1, REWIND)
        written[1] = fill(s, 1, 0)
        mark(s, 1)
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'PDU002L8')
    server.evertape('initiator', 'allow', 'iqn.2026-01.test:late')
    server.use_up()
    assert server.available() < 4096, server.available()
    carry_on()


def show(kind, name):
    return json.loads(server.evertape('--json', kind, 'show', name))


def protected(number):
    return show('drive', number)['write_protected']


def nothing_writable(kind, name):
    """The disk is looked at now and then: its figures follow."""
    becomes(lambda: show(kind, name)['writable_bytes'] < 4096, True, f'{kind} {name} has no room')


def test_blanks():
    """a blank is refused to hosts there, and stays one; what remains on a tape is what the disk has left"""
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', BLANKS[0])
    server.use_up()  # the ballast is taken back by the piece: one may be too large for what is left
    becomes(lambda: protected('2'), True, 'a blank that cannot be written')
    nothing_writable('drive', '2')
    nothing_writable('cartridge', BLANKS[1])
    with server.login() as s:
        s.command(2, TUR)
        assert s.command(2, MODE_HEADER, read=4).data[2] & 0x80
        for cdb, data in ((write6(512), bytes(512)), (FILEMARK, b'')):
            equal(s.command(2, cdb, data).key, PROTECTED)
        equal(s.command(2, read6(RECORD), read=RECORD).key, BLANK)
    drive, shelved = show('drive', '2'), show('cartridge', BLANKS[1])
    equal((drive['write_protected'], drive['write_protected_why']), (True, 'the disk is full, and the cartridge is blank'))
    equal(drive['usage']['objects'], 0)
    assert 4096 < drive['usage']['remaining'], drive
    assert 4096 < shelved['usage']['remaining'], shelved
    assert 'disk is full' in server.evertape('drive', 'show', '2')
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'PDU002L8')
    with server.login() as s:
        assert not s.command(2, MODE_HEADER, read=4).data[2] & 0x80


def test_start():
    """killed and started there, again and again, it comes up and serves every tape"""
    for _ in range(3):
        server.kill()
        server.use_up()
        server.start()
        read_all()
        carry_on()


def test_stop():
    """stopped there it ends well, and starts again"""
    assert server.stop()
    server.use_up()
    server.start()
    read_all()


def test_delete():
    """a tape is deleted to make room: it is said that nothing is kept, before and after"""
    before = server.available()
    server.evertape('drive', 'unload', '1', '--force')
    asked = server.refused('cartridge', 'delete', 'PDU001L8')
    assert 'permanently' in asked and 'short of space' in asked and '--force' in asked, asked
    done = server.evertape('cartridge', 'delete', 'PDU001L8', '--force')
    assert 'destroyed: PDU001L8' in done, done
    equal(json.loads(server.evertape('--json', 'cartridge', 'list', '--deleted'))['cartridges'], [])
    assert server.available() > before + (written[1] - 8) * RECORD, (before, server.available())
    assert 'PDU001L8' not in shelf()
    del written[1]


def test_goes_on():
    """and writing goes on"""
    with server.login() as s:
        equal(s.command(2, EOD).status, 0)
        for n in range(8, 40):
            r = s.command(2, write6(RECORD), record(n))
            equal((r.status, r.key), (0, None), n)
        mark(s, 2)
        s.command(2, REWIND)
        read_back(s, 2, 0, 8)
        equal(s.command(2, read6(RECORD), read=RECORD).key, MARK)
        read_back(s, 2, 8, 40)
    server.evertape('cartridge', 'create', 'PDU009L8')
    server.evertape('drive', 'load', '1', 'PDU009L8')
    becomes(lambda: protected('1'), False, 'a blank that can be written')
    with server.login() as s:
        equal(s.command(1, write6(RECORD), record(0)).status, 0)


def test_anew():
    """a tape that fills the disk is written anew and erased, with not a byte free: its own old data make the room"""
    n = 40
    for words in ((), (ERASE,), (FILEMARK,)):
        with server.login() as s:
            equal(s.command(2, EOD).status, 0)
            n = fill(s, 2, n)
            mark(s, 2)
        server.use_up()
        assert server.available() < 4096, server.available()
        if words:
            server.evertape('drive', 'unload', '2', '--force')
            server.evertape('drive', 'load', '2', 'PDU002L8')
        with server.login() as s:
            for cdb in (REWIND, *words):
                r = s.command(2, cdb)
                assert r.status == 0 or r.key == END, r
            for n in range(8):
                r = s.command(2, write6(RECORD), record(n))
                assert r.status == 0 or r.key == END, (words, n, r)
            mark(s, 2)
            s.command(2, REWIND)
            if FILEMARK in words:
                equal(s.command(2, read6(RECORD), read=RECORD).key, MARK)
            read_back(s, 2, 0, 8)
        os.unlink(os.path.join(server.state, 'filler'))
        n = 8
    server.kill()
    server.start()
    with server.login() as s:
        s.command(2, REWIND)
        equal(s.command(2, read6(RECORD), read=RECORD).key, MARK)
        read_back(s, 2, 0, 8)
        equal(s.command(2, read6(RECORD), read=RECORD).key, MARK)
        equal(s.command(2, read6(RECORD), read=RECORD).key, BLANK)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
