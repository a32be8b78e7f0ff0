# SPDX-License-Identifier: Apache-2.0
"""IBM Storage Protect, Remanence, HPE L&TT, as far as their documents say: serials, reservations, space that a new label gives back."""
from scene import *

server = Server()
KEY = b'tsmkey01'
BLOCK = 256 << 10


def reserve_out(drive, action, old=bytes(8), new=bytes(8), kind=0):
    return drive(bytes([0x5f, action, kind, 0, 0, 0, 0, 0, 24, 0]), old + new + bytes(8)).status


def test_paths():
    """Storage Protect, SAN discovery: drives are found by their serial of VPD 80h; the library has one of its own"""
    with Client(server, 'tsm') as c:
        serials = [Unit(c.session, lun).good('12018000ff00') for lun in (0, 1, 2)]
        equal(len({page[4:] for page in serials}), 3)
        for page in serials:
            equal((page[1], n(page, 2, 2)), (0x80, len(page) - 4))
        for lun in (1, 2):
            assert serials[lun][4:] in Unit(c.session, lun).good('12018300ff00'), 'VPD 83h has the serial too'


def test_reserve():
    """Storage Protect, a mount: registration and exclusive access for each drive; another server meets the reservation, a dead one is preempted"""
    with Client(server, 'tsm') as c, Client(server, 'tsm-2', isid=b'\x40\0\1\x37\0\2') as other:
        drive = c.drive()
        equal(reserve_out(drive, 0, new=KEY), 0, 'REGISTER')
        equal(reserve_out(drive, 1, KEY, kind=3), 0, 'RESERVE')
        equal(other.drive()(REWIND).status, CONFLICT)
        equal(other.drive(2)(REWIND).status, 0, 'the other drive')
        other.drive().good('120000006000')
        c.session.close(reset=True)
        equal(other.drive()(REWIND).status, CONFLICT, 'the reservation outlives the session')
        equal(reserve_out(other.drive(), 0, new=b'othersrv'), 0)
        equal(reserve_out(other.drive(), 4, b'othersrv', KEY, 3), 0, 'PREEMPT')
        other.drive().good(REWIND)
        equal(reserve_out(other.drive(), 3, b'othersrv'), 0, 'CLEAR')


def test_relabel():
    """Storage Protect, LIBTYPE=VTL: a label written over a full scratch cartridge gives its space back"""
    with Client(server, 'tsm') as c:
        drive = c.drive()
        drive.good(REWIND)
        drive.write(b'VOL1'.ljust(80))
        drive.good(MARK)
        before = n(drive.attribute(0x0000, 8), 0, 8)
        for _ in range(64):
            drive.write(b'd' * BLOCK)
        drive.good(MARK)
        full = n(drive.attribute(0x0000, 8), 0, 8)
        assert full <= before - 16, (before, full)
        drive.good(REWIND)
        drive.write(b'VOL1'.ljust(80))
        drive.good(MARK)
        equal(n(drive.attribute(0x0000, 8), 0, 8), before, 'remaining capacity')
        equal(drive.read(BLOCK, 2).key, END_OF_DATA)


def test_protection():
    """Storage Protect, LBPROTECT: INQUIRY says whether blocks can be protected, and mode page 0Ah/F0h is there only if it does"""
    with Client(server, 'tsm') as c:
        drive = c.drive()
        protect = drive.good('120000006000')[5] & 1
        equal(drive('5a000af0000000010000').status == 0, bool(protect))


def test_remanence():
    """Remanence, inventory: all types in one READ ELEMENT STATUS with CURDATA and DVCID, first 8 bytes of it, then all it says there is"""
    with Client(server, 'remanence') as c:
        cdb = bytes.fromhex('b8100000ffff03000008') + b'\0\0'
        head = c.changer.good(cdb)
        equal(len(head), 8)
        size = n(head, 5, 3) + 8
        whole = c.changer.good(cdb[:7] + size.to_bytes(3, 'big') + b'\0\0')
        equal((len(whole), whole[:8]), (size, head))
        counts = c.changer.geometry()
        equal(n(head, 2, 2), sum(count for _, count in counts.values()), 'elements')
        for page in ('5a000f0000000000ff00', '5a00100000000000ff00', '5a003f0000000003e800'):
            c.drive().good(page)
        for page in (0x02, 0x03, 0x2e):
            c.drive().log(page)


def test_library_test():
    """HPE L&TT, library test: barcodes have at least 7 characters, and each cartridge in a drive says which slot it came from"""
    with Client(server, 'ltt') as c:
        for _, barcode, source, _ in c.changer.elements(DRIVES).values():
            assert len(barcode) >= 7 and source, (barcode, source)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
