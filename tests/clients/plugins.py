# SPDX-License-Identifier: Apache-2.0
"""Programs that drive a tape through st and mtx, and what their plugins and scripts send beside it: Bareos, Bacula, stenc, Amanda."""
from scene import *

server = Server()
KEY = bytes(range(0x80, 0xa0))
BLOCK = 64512


def client(name):
    return Client(server, name)


def key_list(modes, key=b'', control=0, scope=2, kad=b'', algorithm=1):
    """Page 0010h: modes are encryption and decryption; kad is unauthenticated key-associated data."""
    body = bytes([scope << 5, control]) + modes + bytes([algorithm, 0, 0]) + bytes(7) + len(key).to_bytes(2, 'big') + key
    if kad:
        body += b'\0\0' + len(kad).to_bytes(2, 'big') + kad
    return b'\0\x10' + len(body).to_bytes(2, 'big') + body


def test_mtx_status():
    """mtx, status: page 1Dh by MODE SENSE(6) with 136 bytes, each type of element with tags, then the sum of all in one buffer"""
    with client('mtx') as c:
        sense = c.changer.good('1a081d008800')
        equal(sense[4] & 0x3f, 0x1d)
        for kind, (first, count) in c.changer.geometry().items():
            found = c.changer.elements(kind, first=first, count=count, size=count * 52 + 120)
            equal(sorted(found), list(range(first, first + count)), f'type {kind}')
        drives = c.changer.elements(DRIVES)
        equal([e[1] for e in drives.values()], ['PDU001L8', 'PDU002L8'])


def test_mtx_unload():
    """mtx, unload and load: a cartridge goes back to the slot that READ ELEMENT STATUS names, without an unload by the host"""
    with client('mtx') as c:
        drive = c.changer.geometry()[DRIVES][0] + 1
        slot = c.changer.elements(DRIVES)[drive][2]
        assert slot, 'a source'
        c.changer.move(drive, slot)
        equal(c.changer.elements(STORAGE)[slot][1], 'PDU002L8')
        c.drive(2).fails(NO_MEDIUM, TUR)
        c.changer.move(slot, drive)
        equal(c.drive(2).ready(), [NEW_CARTRIDGE])


def test_st_mount():
    """st, open: block limits, mode header with density and write protection, position; then a status without UNIT ATTENTION"""
    with client('bareos') as c:
        drive = c.drive()
        limits = drive.good('050000000000')
        equal((n(limits, 1, 3), n(limits, 4, 2)), (8 << 20, 1))
        sense = drive.good('1a0000000c00')
        equal((len(sense), sense[2] & 0x80, sense[3], sense[4]), (12, 0, 8, 0x5e), 'unprotected, with a block descriptor')
        drive.good(REWIND)
        drive.good('34000000000000000000')
        equal(drive.ready(), [])


def volume(drive, *records):
    """As Bareos and Bacula label and append: a label, a filemark, records, two filemarks and one step back."""
    drive.good(REWIND)
    drive.write(b'label'.ljust(BLOCK, b'\0'))
    drive.good(MARK)
    drive.write(*records)
    drive.good(MARK)
    drive.good(MARK)
    drive.good('1101ffffff00')


def test_append():
    """Bareos and Bacula, append: the second filemark is written over, the end is found again, files are counted by MTFSF"""
    with client('bacula') as c:
        drive = c.drive()
        volume(drive, b'1' * BLOCK, b'2' * BLOCK)
        equal(drive.place()[2], 2)
        drive.write(b'3' * BLOCK)
        drive.good(MARK)
        drive.good(REWIND)
        for number, first in ((1, b'1'), (2, b'3')):
            drive.good('110100000100')
            drive.gives(first * BLOCK, size=BLOCK)
            equal(drive.place()[2], number)
        drive.good(TO_EOD)
        equal(drive.place()[2], 3)
        equal(drive.read(BLOCK, 2).key, END_OF_DATA)


def test_bareos_keys():
    """Bareos, scsicrypto: status of pages 0020h and 0021h, the key of all hosts at a mount, encrypted blocks, cleared at the unmount"""
    with client('bareos') as c:
        drive = c.drive()
        equal(drive.security_in(0x20)[4:7], bytes(3), 'off')
        drive.set_encryption(key_list(b'\2\3', KEY))
        status = drive.security_in(0x20)
        equal((status[4] >> 5, status[5:8]), (2, b'\2\3\1'), 'scope, modes, algorithm index 1')
        volume(drive, b'e' * BLOCK)
        drive.good(REWIND)
        equal(drive.security_in(0x21)[12] & 15, 5, 'the next block is encrypted, and this key reads it')
        drive.gives(b'label'.ljust(BLOCK, b'\0'), size=BLOCK)
        drive.set_encryption(key_list(b'\0\0'))
        drive.good(REWIND)
        equal(drive.security_in(0x21)[12] & 15, 6, 'encrypted, and not by this key')
        equal(drive.read(BLOCK, 2).key, (7, 0x74, 0x01))
        drive.set_encryption(key_list(b'\2\3', KEY))
        drive.gives(b'label'.ljust(BLOCK, b'\0'), size=BLOCK)
        drive.set_encryption(key_list(b'\0\0'))


def test_stenc():
    """stenc, on, status, mixed, off: a key with a name (CEEM 1, RDMC, CKOD), what it shows of drive and volume, zeros to switch off"""
    with client('stenc') as c:
        drive = c.drive()
        drive.good('120000006000')
        assert len(drive.security_in(0x10)) >= 44, 'capabilities'
        drive.set_encryption(key_list(b'\2\2', KEY, control=0x44, kad=b'name of a key'))
        volume(drive, b's' * BLOCK)
        status = drive.security_in(0x20)
        equal((status[5:8], status[24:28], status[28:]), (b'\2\2\1', b'\0\0\0\x0d', b'name of a key'), 'drive')
        drive.good(REWIND)
        block = drive.security_in(0x21)
        equal((block[12] & 15, block[20:]), (5, b'name of a key'), 'volume')
        drive.set_encryption(key_list(b'\2\3', KEY[::-1], control=0x44))
        equal(drive.read(BLOCK, 2).key, (7, 0x74, 0x03), 'another key')
        drive.set_encryption(key_list(b'\0\0', bytes(32), control=0x44))
        equal(drive.security_in(0x20)[5:7], bytes(2), 'off')


def test_tapealert():
    """Bareos and Bacula, tapealert: page 2Eh has its 64 flags, and none is set on a cartridge without faults"""
    with client('tapeinfo') as c:
        for drive in (1, 2):
            alerts = c.drive(drive).log(0x2e)
            equal((sorted(alerts), set(alerts.values())), (list(range(1, 65)), {b'\0'}))


def test_isworm():
    """Bacula, isworm: mode page 1Dh by sdparm, on the drive: WORMM is 1 with a WORM cartridge and 0 with another"""
    server.evertape('cartridge', 'create', 'WRM001LY', '--worm')
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'WRM001LY')
    with client('bacula') as c:
        for number, worm in ((1, 0), (2, 1)):
            page = c.drive(number).good('5a001d00000000000800')
            equal(len(page), 8, 'sdparm asks for the header first')
            equal(c.drive(number).mode(0x1d)[2][2] & 1, worm, f'drive {number}')
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'PDU002L8')


def test_amanda():
    """Amanda, label check: a short record is read in a large buffer, the rest of the file is passed, a tape that is blank says so"""
    with client('amanda') as c:
        drive = c.drive()
        drive.good(REWIND)
        drive.good('190000000000')
        equal(drive.read(32768).key, END_OF_DATA)
        drive.good(REWIND)
        drive.write(b'AMANDA: TAPESTART'.ljust(32768, b'\0'))
        drive.good(MARK)
        drive.good(REWIND)
        r = drive.read(65536)
        equal((r.status, r.key[0], r.sense[2] & 0x20, r.data[:6], n(r.sense, 3, 4)), (2, 0, 0x20, b'AMANDA', 32768), 'ILI')


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
