# SPDX-License-Identifier: Apache-2.0
"""W24 read and write sense bytes"""
import random

from host import *
from w21_tape_start import SELECT_BLOCK, block_length

FILEMARK, EARLY, BEGINNING, EOD, OVERFLOW = (0, 0, 1), (0, 0, 2), (0, 0, 4), (8, 0, 5), (0xd, 0, 2)
FM, EOM, ILI = 0x80, 0x40, 0x20


def read_cdb(n, flags=0):
    return bytes([8, flags]) + n.to_bytes(3, 'big') + b'\0'


def sense(r, key, flags, information):
    """Check Condition with these flags and INFORMATION, VALID set, fixed format."""
    equal((r.status, r.key, r.sense[0], r.sense[2] & 0xf0, r.sense[3:7]),
          (2, key, 0xf0, flags, (information & 0xffffffff).to_bytes(4, 'big')))
    return r


def test_variable(place):
    """a block shorter and longer than asked for, a filemark, end of data"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        tape.write(b'a' * 10240, b'b' * 10240)
        tape.good('10 00 00 00 01 00')
        tape.good(REWIND)
        r = tape(read_cdb(65536), read=65536)
        equal(r.pdu.data[:2 + 7].hex(), '0012f000200000d800')
        sense(r, (0, 0, 0), ILI, 65536 - 10240)
        equal((r.data, r.residual), (b'a' * 10240, 65536 - 10240))
        r = sense(tape(read_cdb(4096), read=4096), (0, 0, 0), ILI, 4096 - 10240)
        equal(r.data, b'b' * 4096)
        sense(tape(read_cdb(65536), read=65536), FILEMARK, FM, 65536)
        sense(tape(read_cdb(65536), read=65536), EOD, 0, 65536)
        equal(tape.position()[1], 3)
        tape.blank()


def test_fixed(place):
    """four blocks of 512 at a time: short data, filemark with blocks left, end of data"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        tape.good(SELECT_BLOCK, block_length(512))
        tape.good('0a 01 00 00 06 00', bytes(range(256)) * 12)
        tape.good('10 00 00 00 01 00')
        tape.good(REWIND)
        equal(tape.good('08 01 00 00 04 00', read=2048), bytes(range(256)) * 8)
        r = sense(tape('08 01 00 00 04 00', read=2048), FILEMARK, FM, 2)
        equal((r.data, r.residual), (bytes(range(256)) * 4, 1024))
        sense(tape('08 01 00 00 04 00', read=2048), EOD, 0, 4)
        tape.good(SELECT_BLOCK, block_length(0))
        tape.blank().write(b'x' * 300)
        tape.good(SELECT_BLOCK, block_length(512))
        tape.good(REWIND)
        r = sense(tape('08 01 00 00 04 00', read=2048), (0, 0, 0), ILI, 4)
        equal(r.data[:300], b'x' * 300)
        tape.good(SELECT_BLOCK, block_length(0))
        tape.blank()


def test_space(place):
    """SPACE over the beginning, a filemark, the end: the residual is reported"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        tape.write(b'1', b'2')
        tape.good('10 00 00 00 01 00')
        tape.write(b'3')
        tape.good(REWIND)
        sense(tape('11 00 00 00 05 00'), FILEMARK, FM, 3)
        sense(tape('11 00 00 00 05 00'), EOD, 0, 4)
        sense(tape('11 01 00 00 01 00'), EOD, 0, 1)
        sense(tape('11 00 ff ff fb 00'), FILEMARK, FM, 4)
        sense(tape('11 01 ff ff ff 00'), BEGINNING, EOM, 1)
        equal(tape.position(), (0x80, 0))
        tape.good('11 03 00 00 00 00')
        equal(tape.position()[1], 4)
        tape.blank()


def test_end(place):
    """after early warning everything is written and EOM is set; at the end 0D/00/02"""
    barcode = 'STKENDL8'
    place.evertape('cartridge', 'create', barcode, '--capacity', '64MB', '--library', 'stk')
    place.evertape('drive', 'unload', '3', '--library', 'stk', '--force')
    place.evertape('drive', 'load', '3', barcode, '--library', 'stk')
    try:
        with Host(place).attach() as a:
            tape, record, early = a.drive(3), random.Random(24).randbytes(262144), 0  # not to be compressed: 64 MB are 244 records
            for _ in range(1000):
                r = tape(b'\x0a\0\4\0\0\0', record)
                if r.status and r.key == OVERFLOW:
                    break
                if r.status:
                    sense(r, EARLY, EOM, 0)
                    early += 1
            equal(r.key, OVERFLOW)
            sense(r, OVERFLOW, EOM, 262144)
            assert early, 'no early warning'
            written = tape.position()[1]
            tape.good(REWIND)
            for _ in range(written):
                equal(tape.good(read_cdb(262144), read=262144), record)
            equal(tape(read_cdb(262144), read=262144).key, EOD)
    finally:
        place.evertape('drive', 'unload', '3', '--library', 'stk', '--force')
        place.evertape('cartridge', 'delete', barcode, '--force')
        place.evertape('drive', 'load', '3', place.barcode('stk', 3), '--library', 'stk')


def test_blocks(place):
    """a block of 256 KiB; an application's 1 MiB comes as four of them, and is four blocks"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        tape.write(*[bytes([n]) * 262144 for n in range(4)])
        equal(tape.position()[1], 4)
        tape.good(REWIND)
        equal([tape.good(read_cdb(262144), read=262144)[-1] for _ in range(4)], [0, 1, 2, 3])
        tape.blank()
