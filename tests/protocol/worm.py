# SPDX-License-Identifier: Apache-2.0
"""A WORM cartridge whose files were changed behind the daemon's back: what hosts and operators are told, with kill -9, export
and import before, which change nothing."""
import glob
import json
import os
import random

from scene import *

server = serve()
BARCODE = 'PDUW01LY'
RECORDS = 4
NO_WRITE, NO_READ = (2, (7, 0x30, 0x0d)), (2, (3, 0x30, 0x0d))


def record(i):
    return random.Random(SEED + i).randbytes(40000)


def answer(r):
    return r.status, r.key


def good(r, what=''):
    equal(answer(r), (0, None), what)
    return r


def shown(barcode=BARCODE):
    return json.loads(server.evertape('--json', 'cartridge', 'show', barcode))


def load(s):
    server.evertape('drive', 'load', '2', BARCODE)
    s.clear(server.tapes[1])
    return server.tapes[1]


def unload():
    server.evertape('drive', 'unload', '2', '--force')


def append(s, lun, i):
    good(s.command(lun, bytes([0x11, 3, 0, 0, 0, 0])), 'SPACE to end of data')
    good(s.command(lun, cdb6(0x0a, 40000), record(i)), f'record {i}')
    good(s.command(lun, cdb6(0x10, 1)), 'a filemark')


def read_all(s, lun):
    rewind(s, lun)
    for i in range(RECORDS):
        assert s.command(lun, cdb6(8, 40000), read=40000).data == record(i), f'record {i}'
        good(s.command(lun, bytes([0x11, 1, 0, 0, 1, 0])), 'over the filemark')


def alert(s, lun):
    """TapeAlert flag 3Bh, which the reading clears."""
    return s.command(lun, bytes.fromhex('4d006e0000003b000900'), read=9).data[8]


def wtre(s, lun, value):
    page = s.command(lun, bytes.fromhex('1a081000ff00'), read=255).data[4:]
    page = bytes([page[0] & 0x7f]) + page[1:15] + bytes([page[15] & 0x3f | value << 6])
    good(s.command(lun, bytes.fromhex('151000001400'), b'\0\0\x10\0' + page), 'MODE SELECT')


def test_a_innocent():
    """kill -9, restart, export and import make no alarm"""
    unload()
    server.evertape('cartridge', 'create', BARCODE, '--worm')
    for i in range(RECORDS):
        with member() as s:
            append(s, load(s), i)
        if i == RECORDS - 2:
            server.kill()
            server.start()
        unload()
        usage = shown()['usage']  # not known after a kill without more writing
        assert not usage or not usage['tampered'], usage
    path = f'{server.state}/worm.evtape'
    server.evertape('cartridge', 'export', BARCODE, path)
    server.evertape('cartridge', 'delete', BARCODE, '--force')
    server.evertape('cartridge', 'import', path)
    with member() as s:
        lun = load(s)
        read_all(s, lun)
        equal((alert(s, lun), shown()['write_protected']), (0, False))
    unload()
    assert server.stop()
    server.start()
    with member() as s:
        append(s, load(s), RECORDS)
    unload()
    equal((shown()['usage']['tampered'], shown()['health']['faults']), (False, []))


def test_b_removed():
    """the end of the data is gone: READ and WRITE fail, and operators see why"""
    folder = f'{server.state}/cartridges/{BARCODE}'
    files = sorted(glob.glob(folder + '/*.ext'))
    assert len(files) > 1, files
    os.rename(files[-1], server.state + '/kept')
    os.unlink(folder + '/index-p0')
    with member() as s:
        lun = load(s)
        equal(alert(s, lun), 1)
        equal(answer(s.command(lun, cdb6(8, 40000), read=40000)), NO_READ, 'READ')
        equal(answer(s.command(lun, cdb6(0x13, 40000))), NO_READ, 'VERIFY')
        equal(answer(s.command(lun, bytes([0x11, 3, 0, 0, 0, 0]))), NO_READ, 'SPACE')
        equal(answer(s.command(lun, bytes([0x2b, 0, 0, 0, 0, 0, 1, 0, 0, 0]))), NO_READ, 'LOCATE')
        rewind(s, lun)
        equal(answer(s.command(lun, cdb6(0x0a, 100), bytes(100))), NO_WRITE, 'WRITE')
        equal(answer(s.command(lun, cdb6(0x10, 1))), NO_WRITE, 'WRITE FILEMARKS')
        equal(answer(s.command(lun, bytes([0x19, 0, 0, 0, 0, 0]))), NO_WRITE, 'ERASE')
        equal(alert(s, lun), 1)
        now = shown()
        equal((now['usage']['tampered'], now['health']['state'], now['write_protected']), (True, 'worm-tampered', True))
        assert 'tampered' in now['write_protected_why']
        wtre(s, lun, 1)
        read_all(s, lun)
        equal(answer(s.command(lun, cdb6(0x0a, 100), bytes(100))), NO_WRITE, 'WRITE, with WTRE 01b')
        wtre(s, lun, 2)
        equal(answer(s.command(lun, cdb6(8, 40000), read=40000)), NO_READ, 'READ')
    unload()
    equal(shown()['health']['state'], 'worm-tampered')


def test_c_restored():
    """a restart and a verify do not hide it; with its file it is whole again"""
    assert server.stop()
    server.start()
    equal(shown()['health']['state'], 'worm-tampered')
    server.evertape('cartridge', 'verify', BARCODE)
    equal(shown()['health']['state'], 'worm-tampered')
    folder = f'{server.state}/cartridges/{BARCODE}'
    os.unlink(folder + '/index-p0') if os.path.exists(folder + '/index-p0') else None
    with member() as s:
        equal(answer(s.command(load(s), cdb6(0x0a, 100), bytes(100))), NO_WRITE, 'WRITE')
    unload()
    files = sorted(glob.glob(folder + '/*.ext'))
    stem, number = files[-1].rsplit('-g', 1)
    os.rename(server.state + '/kept', f'{stem}-g{int(number[:8], 16) + 1:08x}{number[8:]}')
    with member() as s:
        lun = load(s)
        read_all(s, lun)
        append(s, lun, RECORDS + 1)
        equal(alert(s, lun), 0)
    unload()
    equal(shown()['health']['state'], 'good')


def test_z_end():
    """the server ends well"""
    assert server.stop()


if __name__ == '__main__':
    if daemon.MEMORY:
        print('skip - tapes in memory have no files\n0 passed, 0 failed, 1 skipped')
    else:
        with server:
            tap.run(tap.tests_of(globals()))
