# SPDX-License-Identifier: Apache-2.0
"""The end of the numbers of objects, over the wire: a cartridge whose files begin shortly before it."""
import pathlib
import struct

from scene import *

server = serve()
BLOCK, BARCODE = 4096, 'PDU001L8'
WARNING, END = 0xffffff00, 0xfffffff0
RECORD = bytes(range(256)) * 16
MARK = bytes.fromhex('100000000100')


def sealed(head):
    """The header with its CRC (media/FORMAT.md 1.1)."""
    head[12:16] = bytes(4)
    head[12:16] = struct.pack('<I', crc32c(head))
    return head


def begin_at(number):
    """Moves the one record of the cartridge there, as if the files with all objects before it were gone."""
    folder = next(pathlib.Path(server.state).rglob(BARCODE))
    extent, = folder.glob('p0-*.ext')
    data = bytearray(extent.read_bytes())
    place = struct.pack('<Q', number)
    for at in (0, BLOCK):
        data[at + 72:at + 80] = data[at + 96:at + 104] = place
        data[at:at + BLOCK] = sealed(data[at:at + BLOCK])
    at = 2 * BLOCK
    size = BLOCK * struct.unpack_from('<H', data, at + 10)[0]
    data[at + 80:at + 88] = data[at + 104:at + 112] = place
    data[at:at + size] = sealed(data[at:at + size])
    extent.write_bytes(data)
    (folder / 'index-p0').unlink()


def position(s):
    """Flags and object of the short form, the object of the long form."""
    short = s.command(tape(), bytes.fromhex('34' + 18 * '0'), read=20).data
    long = s.command(tape(), bytes.fromhex('3406' + 16 * '0'), read=32).data
    return short[0], int.from_bytes(short[4:8], 'big'), int.from_bytes(long[8:16], 'big')


def to_end(s):
    equal(s.command(tape(), bytes.fromhex('110300000000')).status, 0, 'SPACE to end of data')


def cartridge_from(number):
    """A session with the drive, whose cartridge has a single record, with that number, or which is the next."""
    with member() as s:
        rewind(s)
        equal(write(s, RECORD).status, 0, 'the record')
    server.evertape('drive', 'unload', '1', '--force')
    begin_at(number)
    server.evertape('drive', 'load', '1', BARCODE)
    return member()


def test_end_of_numbers():
    """behind FFFFFF00h writes report early warning, from FFFFFFF0h on the partition is full"""
    with cartridge_from(WARNING - 2) as s:
        to_end(s)
        equal(position(s), (0, WARNING - 1, WARNING - 1))
        equal(write(s, RECORD).key, None, 'before the warning')
        equal(position(s), (0, WARNING, WARNING))
        r = write(s, RECORD)
        equal((r.key, r.sense[2] & 0x40), ((0, 0, 2), 0x40), 'behind it')
        equal(s.command(tape(), MARK).key, (0, 0, 2), 'a filemark')
        equal(position(s), (0x40, WARNING + 2, WARNING + 2))
        r = s.command(tape(), bytes.fromhex('100000010000'))
        equal((r.key, r.sense[2] & 0x40), ((0xd, 0, 2), 0x40), 'more filemarks than there are numbers')
        equal(int.from_bytes(r.sense[3:7], 'big'), 256 - (END - WARNING - 2), 'of which were not written')
        equal(position(s), (0x40, END, END))
        for what, r, left in (('a record', write(s, RECORD), len(RECORD)), ('a filemark', s.command(tape(), MARK), 1)):
            equal((r.key, int.from_bytes(r.sense[3:7], 'big')), ((0xd, 0, 2), left), what)
        equal(position(s), (0x40, END, END))
        equal(s.command(tape(), bytes.fromhex('2b0000fffffefe000000')).status, 0, 'LOCATE to the first record')
        r = read(s, len(RECORD))
        equal((r.status, r.data == RECORD), (0, True), 'which is read')


def test_position_of_33_bits():
    """the short form of READ POSITION reports an overflow (PERR) where the number of the object has more than 32 bits"""
    with cartridge_from(0xffffffff) as s:
        equal(s.command(tape(), bytes.fromhex('2b0000ffffffff000000')).status, 0, 'LOCATE')
        equal(position(s), (0x40, 0xffffffff, 0xffffffff))
        equal(read(s, len(RECORD)).status, 0, 'READ')
        equal(position(s), (0x42, 0, 0x100000000))
        equal(write(s, RECORD).key, (0xd, 0, 2), 'WRITE')
        rewind(s)
        equal(position(s), (0x80, 0, 0))


TESTS = tap.tests_of(globals())

if __name__ == '__main__':
    main(TESTS)
