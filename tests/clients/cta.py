# SPDX-License-Identifier: Apache-2.0
"""CERN CTA (taped and rmcd): mounts by volume tag, labels, files with counters at each flush, reading by block number, a key."""
from scene import *

server = Server()
KEY = bytes(range(0x40, 0x60))
VOL1 = b'VOL1PDU001'.ljust(80)
BLOCK = 256 << 10
LTO8, LTO7 = 0x5e, 0x5c


def client():
    return Client(server, 'cta')


def counters(drive):
    """Page 32h as the program adds it up: bytes of hosts written and read."""
    found = drive.log(0x32, size=1024)
    return tuple((n(found[mb], 0, 4) << 20) + n(found[rest], 0, 4) for mb, rest in ((6, 7), (2, 3)))


def clear_counters(drive):
    drive.good('4c02f20000000000' + '0000')


def headers(drive, number, kind):
    drive.write(*(f'{label}{number:04d}'.encode().ljust(80) for label in (kind + '1', kind + '2', 'U' + ('HL' if kind == 'HDR' else 'TL') + '1')))
    drive.good('100100000100')


def write_file(drive, number, *records):
    """Header, data and trailer; the last filemark is awaited."""
    headers(drive, number, 'HDR')
    drive.write(*records)
    drive.good('100100000100')
    headers(drive, number, 'EOF')
    drive.good(FLUSH)


def position(drive):
    """READ POSITION, short form, as getPositionInfo() reads it: object, and how much is still in the buffer."""
    data = drive.good('34000000000000000000')
    assert not data[0] & 0x06, 'PERR or LOLU'
    return n(data, 4, 4), n(data, 13, 3), n(data, 16, 4)


def labelled(drive):
    drive.good(REWIND)
    drive.write(VOL1)
    drive.good(MARK)


def test_devices():
    """CTA, devices: changer and drives are units of one target, told apart by VPD 80h; the product says Ultrium or ULT"""
    with client() as c:
        luns = c.changer.good('a0000000000000001000' + '0000')
        equal([luns[at + 1] for at in range(8, len(luns), 8)], [0, 1, 2])
        serials = set()
        for number in (1, 2):
            inquiry = c.drive(number).good('12000000ff00')
            assert inquiry[16:19] == b'ULT' or inquiry[16:23] == b'Ultrium', inquiry[8:36]
            serials.add(c.drive(number).good('12018000ff00')[4:])
        equal(len(serials), 2, 'serials')
        dvcid = c.changer.elements(DRIVES, dvcid=True).values()
        equal({e[3][28:38] for e in dvcid}, serials, 'serials in READ ELEMENT STATUS')


def find(changer, barcode):
    """SEND VOLUME TAG, then REQUEST VOLUME ELEMENT ADDRESS: where that cartridge is."""
    changer.good('b60000000005000000280000', text(barcode, 32) + bytes(8))
    data = changer.good('b51000000001000007d00000')
    equal((n(data, 2, 2), data[4]), (1, 5), 'elements found, by send action code 5')
    return n(data, 16, 2)


def test_mount():
    """CTA, mount: one element at a time, the volume found by its tag, TEST UNIT READY until the drive is ready, unload and back"""
    with client() as c:
        counts = c.changer.geometry()
        first, drives = counts[DRIVES]
        seen = {a: c.changer.elements(DRIVES, first=a, count=1, size=512) for a in range(first, first + drives)}
        equal([list(e) for e in seen.values()], [[first], [first + 1]], 'each element alone')
        equal(find(c.changer, 'PDU002L8'), first + 1)
        c.drive(2).good(UNLOAD)
        slot = counts[STORAGE][0] + 10
        c.changer.move(first + 1, slot)
        equal(find(c.changer, 'PDU002L8'), slot)
        c.drive(2).fails(NO_MEDIUM, TUR)
        c.changer.move(slot, first + 1)
        equal(c.drive(2).ready(), [NEW_CARTRIDGE])
        equal(find(c.changer, 'PDU002L8'), first + 1)


def test_density():
    """CTA, set up: density and compression by mode page 10h, as MODE SELECT(6) sends back what MODE SENSE(6) gave"""
    with client() as c:
        drive = c.drive()
        data = bytearray(drive.good('1a0010001c00'))
        equal((len(data), data[3], data[12] & 0x3f), (28, 8, 0x10))
        data[0], data[4], data[12], data[12 + 14] = 0, LTO8, 0x10, 1
        drive.good('151000001c00', bytes(data))
        again = drive.good('1a0010001c00')
        equal((again[4], again[12 + 14]), (LTO8, 1), 'density and compression')


def test_write():
    """CTA, write: labels and files; position, counters and their reset at each flush, which the program does not expect to fail"""
    with client() as c:
        drive = c.drive()
        labelled(drive)
        equal(position(drive), (2, 0, 0), 'after the label')
        clear_counters(drive)
        for number in range(1, 6):
            records = [bytes([number]) * BLOCK] * 8
            write_file(drive, number, *records)
            equal(position(drive), (2 + 17 * number, 0, 0), 'nothing is in the buffer after the flush')
            equal(counters(drive), (8 * BLOCK + 6 * 80, 0), f'page 32h after file {number}')
            clear_counters(drive)
            equal(counters(drive), (0, 0), 'page 32h after its reset')


def test_read():
    """CTA, read: files by block number with LOCATE(10), headers and data, the counters of reading, the end of data"""
    with client() as c:
        drive = c.drive()
        labelled(drive)
        for number in range(1, 6):
            write_file(drive, number, *[bytes([number]) * BLOCK] * 8)
        drive.good(REWIND)
        drive.gives(VOL1)
        clear_counters(drive)
        for number in (4, 1, 5):
            drive.good(b'\x2b\0\0' + (2 + 17 * (number - 1)).to_bytes(4, 'big') + bytes(3))
            drive.gives(b'HDR1%04d'.ljust(80) % number, b'HDR2%04d'.ljust(80) % number, b'UHL1%04d'.ljust(80) % number)
            equal(drive.read(80).key, FILEMARK)
            drive.gives(*[bytes([number]) * BLOCK] * 8)
            equal(drive.read(BLOCK).key, FILEMARK)
        equal(counters(drive)[1], 3 * (8 * BLOCK + 3 * 80), 'read')
        drive.good(TO_EOD)
        equal(drive.read(80).key, END_OF_DATA)


def key_list(key, on):
    """The nexus' own key: scope 1, encrypt and mixed, algorithm index 1; switched off with 32 zeros."""
    body = bytes([0x20, 0]) + (b'\2\3' if on else b'\0\0') + b'\1\0\0' + bytes(7) + b'\0\x20' + key
    return b'\0\x10' + len(body).to_bytes(2, 'big') + body


def test_key():
    """CTA, encryption: protocols of page 0000h, a key of the session alone, a plain label before encrypted files, off with zeros"""
    with client() as c, Client(server, 'cta-2', isid=b'\x40\0\1\x37\0\2') as other:
        drive = c.drive()
        protocols = drive.security_in(0, size=28, protocol=0)
        assert n(protocols, 6, 2) > 1 and 0x20 in protocols[8:], protocols
        labelled(drive)
        drive.set_encryption(key_list(KEY, True))
        write_file(drive, 1, *[b'k' * BLOCK] * 2)
        drive.good(REWIND)
        drive.gives(VOL1)
        drive.locate(6)
        drive.gives(b'k' * BLOCK)
        other.drive().good('2b000000000006000000')
        equal(other.drive().read(BLOCK).key, (7, 0x74, 0x01), 'another session')
        drive.set_encryption(key_list(bytes(32), False))
        drive.locate(6)
        equal(drive.read(BLOCK).key, (7, 0x74, 0x01))


def test_quality():
    """CTA, quality: TapeAlert and the pages of errors and of the volume, each a list of parameters that the program walks"""
    with client() as c:
        drive = c.drive()
        alerts = drive.log(0x2e)
        equal((sorted(alerts), set(alerts.values())), (list(range(1, 65)), {b'\0'}), 'no flag')
        for page in (0x02, 0x03, 0x06, 0x0c, 0x14, 0x17, 0x33, 0x34, 0x37):
            assert drive.log(page, size=0xffff), f'page {page:02x}'
        assert len(drive.log(0x17, size=0xffff)[0x0017]) in (4, 8), 'capacity of the volume'


def efficiency(drive, subpage, codes):
    """Parameters of page 37h that the program takes; a rating of 0 is none to it, and 1 is the best."""
    found = drive.log(0x37, subpage, size=1024)
    return [n(found[code], 0, len(found[code])) for code in codes]


def test_efficiency():
    """CTA, efficiency: subpages 40h, 51h, 80h and 91h of page 37h rate the drive once data have moved, and their buffer holds page 17h"""
    with client() as c:
        drive = c.drive()
        labelled(drive)
        write_file(drive, 1, *[b'q' * BLOCK] * 4)
        drive.good(REWIND)
        drive.gives(VOL1)
        for subpage in (0x40, 0x80):
            equal(efficiency(drive, subpage, (0x0000, 0x0001, 0x0011)), [1, 1, 1], f'subpage {subpage:02x}h')
        for subpage in (0x51, 0x91):
            equal(efficiency(drive, subpage, (0x03d0, 0x04d0)), [100 << 16] * 2, f'subpage {subpage:02x}h')
        assert len(drive.good('4d005700000000040000')) < 1024, 'page 17h in a buffer of 1024 bytes'


def test_place():
    """CTA, place on the tape: wrap and position along it in bytes 29 to 33 of REQUEST SENSE, which go forward with the data"""
    with client() as c:
        drive = c.drive()
        labelled(drive)
        write_file(drive, 1, *[b'p' * BLOCK] * 64)
        places = []
        for go in ('010000000000', TO_EOD):
            drive.good(go)
            sense = drive.good('030000006000')
            equal((len(sense), sense[2], sense[36]), (96, 0, 0), 'length, no sense, partition')
            places.append((sense[29], n(sense, 30, 4)))
        assert places[0] == (0, 0) < places[1], places


def test_access_order():
    """CTA, order of files: a drive without RECOMMENDED ACCESS ORDER refuses it as unknown, and the program orders them itself"""
    with client() as c:
        for cdb, data in (('a31d80000000000000ff0000', b''), ('a41d02000000000000080000', bytes(8))):
            c.drive().fails(BAD_CDB, cdb, data)


def test_wraps():
    """CTA, order of files: the ends of all wraps of the tape, ascending by object, the last one at the end of data"""
    with client() as c:
        drive = c.drive()
        labelled(drive)
        write_file(drive, 1, *[b'w' * BLOCK] * 4)
        data = drive.good('a31f45020000' + '00010000' + '0000')
        equal((n(data, 0, 2) + 2, (len(data) - 4) % 12), (len(data), 0), 'RESPONSE DATA LENGTH, descriptors of 12 bytes')
        wraps = [(n(data, at, 2), n(data, at + 2, 2), n(data, at + 6, 6)) for at in range(4, len(data), 12)]
        equal([number for number, _, _ in wraps], list(range(len(wraps))), 'numbers of wraps')
        equal({partition for _, partition, _ in wraps}, {0})
        ends = [end for _, _, end in wraps]
        assert ends and ends == sorted(ends), ends


def test_blank():
    """CTA, is it blank: a record cannot be passed at the beginning of an empty cartridge; at one with a label it can"""
    with client() as c:
        drive = c.drive()
        drive.good(REWIND)
        drive.good('190000000000')
        drive.good(REWIND)
        equal(drive('110000000100').key, END_OF_DATA)
        equal(position(drive)[0], 0)
        labelled(drive)
        drive.good(REWIND)
        drive.good('110000000100')


def test_protection():
    """CTA, protection of blocks: what INQUIRY says of PROTECT and mode page 0Ah/F0h agree; the program asks the page if it is 1"""
    with client() as c:
        drive = c.drive()
        protect = drive.good('120000006000')[5] & 1
        r = drive('5a000af0000000010000')
        equal(r.status == 0, bool(protect), f'PROTECT={protect}, page 0Ah/F0h: {r}')


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
