# SPDX-License-Identifier: Apache-2.0
"""Proxmox Backup Server (pmtx and pmt): inventory, labels, a backup of two media, restore, encryption, wear of the cartridge."""
from scene import *

server = Server()
BLOCK = 256 << 10
KEY = bytes(range(32))
LABEL, ARCHIVE = b'label'.ljust(BLOCK, b'\0'), [bytes([i]) * BLOCK for i in range(1, 9)]


def client():
    return Client(server, 'pbs')


def encryption(key, algorithm):
    """The list of page 0010h: all hosts, encrypt, mixed; without a key it switches off."""
    modes = b'\2\3' if key else b'\0\0'
    body = bytes([0x40, 0]) + modes + bytes([algorithm, 0, 0]) + bytes(7) + len(key).to_bytes(2, 'big') + key
    return b'\0\x10' + len(body).to_bytes(2, 'big') + body


def algorithm_of(drive):
    """The index of AES-256-GCM in page 0010h: descriptors of 20 bytes and more, the right name, a key of 32 bytes."""
    page = drive.security_in(0x10)
    equal((n(page, 0, 2), n(page, 2, 2) + 4), (0x10, len(page)), 'page 0010h')
    at = 20
    while at < len(page):
        assert n(page, at + 2, 2) >= 0x14, 'length of a descriptor'
        if n(page, at + 20, 4) == 0x00010014:
            equal((page[at + 4] >> 2 & 3, page[at + 4] & 3, n(page, at + 10, 2)), (2, 2, 32), 'encrypts and decrypts, by a key of 32 bytes')
            return page[at]
        at += 4 + n(page, at + 2, 2)
    raise AssertionError('no AES-256-GCM')


def go_to_file(drive, number):
    """The program locates the file before, steps over its filemark, and asks where it is."""
    drive.locate(number - 1, kind=1)
    drive.good('110100000100')
    found = drive.place()[2]
    offset = number - found
    if offset:
        drive.locate(number - 1 + offset, kind=1)
        drive.good('110100000100')
    equal(drive.place()[2], number, f'file {number}, with an offset of {offset}')


def test_inventory():
    """PBS, inventory: the counts of READ ELEMENT STATUS are those of page 1Dh; a drive's identifier has 34 bytes and its serial"""
    with client() as c:
        c.changer.good('120000002400')
        c.changer.good('070000000000')
        counts = c.changer.geometry()
        for kind in (1, STORAGE, MAILSLOTS, DRIVES):
            found = c.changer.elements(kind, dvcid=kind == DRIVES)
            equal((min(found), len(found)), counts[kind], f'type {kind}')
        for number, (_, _, _, id) in enumerate(c.changer.elements(DRIVES, dvcid=True).values(), 1):
            serial = c.drive(number).good('12018000ff00')[4:]
            equal((id[0] & 15, id[1] & 15, id[3], id[28:38]), (2, 1, 34, serial), 'DVCID')


def test_load():
    """PBS, load: unload to a slot, load from it; the cartridge's barcode follows, the drive gets ready"""
    with client() as c:
        drive_at = c.changer.geometry()[DRIVES][0]
        _, barcode, source, _ = c.changer.elements(DRIVES)[drive_at]
        empty = next(a for a, e in c.changer.elements(STORAGE).items() if not e[0] & 1)
        c.drive().good('1e0000000000')
        c.drive().good(UNLOAD)
        c.changer.move(drive_at, empty)
        equal(c.changer.elements(STORAGE)[empty][:2], (c.changer.elements(STORAGE)[empty][0] | 1, barcode))
        c.drive().fails(NO_MEDIUM, TUR)
        c.changer.move(empty, drive_at)
        equal(c.drive().ready(), [NEW_CARTRIDGE])
        equal(c.changer.elements(DRIVES)[drive_at][1:3], (barcode, empty), 'barcode and source')


def defaults(drive):
    """Compression on, blocks of any length, buffered: page 0Fh is read, changed and sent back."""
    head, block, page = drive.mode(0x0f)
    page = bytes([page[0] & 0x7f, page[1], page[2] | 0x80]) + page[3:]
    data = bytes([0, 0, 0, 0x10, 0, 0, 0, 8]) + bytes(8) + page
    drive.good(bytes([0x55, 0x10, 0, 0, 0, 0, 0]) + len(data).to_bytes(2, 'big') + b'\0', data)
    head, block, page = drive.mode(0x0f)
    equal((head[3] & 0x70, block[5:8], page[2] & 0x80), (0x10, bytes(3), 0x80), 'as it was set')


def test_format():
    """PBS, format: page 1Dh has 32 bytes and no WORM, the density says LTO-5 or later, FORMAT MEDIUM leaves an empty tape"""
    with client() as c:
        drive = c.drive()
        drive.write(LABEL, LABEL)
        defaults(drive)
        _, block, page = drive.mode(0x1d)
        equal((page[1], page[2] & 1), (0x1e, 0), 'page 1Dh')
        assert block[0] >= 0x58, 'density'
        drive.good(REWIND)
        drive.good('040000000000')
        equal(drive.read(BLOCK, 2).key, END_OF_DATA)
        equal(drive.place(), (0, 0, 0))
        drive.good(REWIND)
        drive.good('040000000000')
        drive.good('190100000000')  # ERASE, LONG=1: a format that is not "fast"
        drive.good('040100000000')  # LTO-9: IMMED, then TEST UNIT READY
        wait_for(lambda: drive(TUR).status == 0)
        equal((drive(TUR).status, drive.place()), (0, (0, 0, 0)))


def label(drive):
    drive.good(REWIND)
    drive.write(LABEL)
    drive.good(MARK)
    for id, words, size, form in ((0x0800, 'Proxmox', 8, 1), (0x0801, 'Proxmox Backup Server', 32, 1), (0x0802, '3.2', 8, 1),
                                  (0x0803, 'tape-1', 160, 2), (0x0808, 'pool', 160, 2)):
        drive.store(id, text(words, size), form)
    drive.store(0x0806, b'')


def archive(drive):
    """A labelled tape with a file for each of ARCHIVE."""
    label(drive)
    for record in ARCHIVE:
        drive.write(record, record[:1000])
        drive.good('100100000100')
    drive.good(FLUSH)


def test_backup():
    """PBS, backup: archives with filemarks that are not awaited, a flush, then the end of data found again behind a filemark"""
    with client() as c:
        drive = c.drive()
        archive(drive)
        drive.good(TO_EOD)
        # A step back fails at a filemark with NO SENSE, and leaves the tape in front of it.
        equal(drive('1100ffffff00').key, FILEMARK)
        drive.good('110100000100')
        equal(drive.place()[2], 1 + len(ARCHIVE), 'file number at the end')
        equal(drive.attribute(0x0803, 160), text('tape-1', 160))
        assert 0x0806 not in drive.attributes(), 'deleted by length 0'


def test_restore():
    """PBS, restore: every file is found by its number, its blocks read with SILI, its end is a filemark, the tape's end no data"""
    with client() as c:
        drive = c.drive()
        archive(drive)
        for number in (5, 2, len(ARCHIVE)):
            go_to_file(drive, number)
            drive.gives(ARCHIVE[number - 1], ARCHIVE[number - 1][:1000], size=BLOCK)
            equal(drive.read(BLOCK, 2).key, FILEMARK)
        equal(drive.read(BLOCK, 2).key, END_OF_DATA)
        drive.good(REWIND)
        drive.good('110100000100')
        equal(drive.place()[2], 1, 'file 1')


def test_encryption():
    """PBS, encryption: the key of all hosts, mixed with a plain label; without it the label is read and the archive is not"""
    with client() as c:
        drive = c.drive()
        label(drive)
        index = algorithm_of(drive)
        drive.set_encryption(encryption(KEY, index))
        status = drive.security_in(0x20)
        equal((status[4] >> 5, status[5:7]), (2, b'\2\3'), 'scope and modes')
        drive.write(ARCHIVE[0])
        drive.good(MARK)
        drive.good(REWIND)
        drive.gives(LABEL, size=BLOCK)
        go_to_file(drive, 1)
        drive.gives(ARCHIVE[0], size=BLOCK)
        drive.set_encryption(encryption(b'', index))
        drive.good(REWIND)
        drive.gives(LABEL, size=BLOCK)
        go_to_file(drive, 1)
        equal(drive.read(BLOCK, 2).key, (7, 0x74, 0x01))
        equal(drive.read(BLOCK, 2).key, (7, 0x74, 0x01), 'once more')


def test_status():
    """PBS, status: TapeAlert by page 12h, the wear of the cartridge, page 17h with a valid first parameter, the density"""
    with client() as c:
        drive = c.drive()
        alerts = drive.good('4d005200000000ffff00')
        equal((alerts[0] & 0x3f, n(alerts, 2, 2), len(alerts)), (0x12, 12, 16))
        found = drive.attributes()
        assert found[0x0406].isdigit() and len(found[0x0406]) == 8, found[0x0406]
        equal((len(found[0x0220]), len(found[0x0221])), (8, 8))
        volume = drive.log(0x17, size=0xffff)
        equal(volume[0], b'\1', 'page valid')
        for code in (0x0001, 0x0012, 0x0013, 0x0014, 0x0015):
            assert volume[code], f'{code:04x}'
        density = drive.good('440000000000000fff00')
        assert n(density, 0, 2) >= 52, 'REPORT DENSITY SUPPORT'
        status = drive.good('4d005100000000ffff00')
        equal((status[0] & 0x3f, n(status, 4, 2), status[7]), (0x11, 0, 4), 'very high frequency data')


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
