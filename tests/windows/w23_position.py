# SPDX-License-Identifier: Apache-2.0
"""W23 position and write protection"""
from host import *

WRITE_PROTECTED = (7, 0x27, 0)
LOCATE = '2b 00 00 {:08x} 00 00 00'


def hundred(tape):
    tape.blank().write(*[bytes([n]) * 1000 for n in range(100)])
    tape.good('10 00 00 00 01 00')


def read(tape):
    return tape('08 00 00 03 e8 00', read=1000).data


def test_middle(place):
    """LOCATE 50, then what GetTapePosition sends: nothing is written, data after 50 stays"""
    with Host(place).attach() as a:
        tape = a.drive()
        hundred(tape)
        tape.good(LOCATE.format(50))
        tape.good(TUR)
        tape.good(FLUSH)
        equal(tape.good(READ_POSITION)[4:8], b'\0\0\0\x32')
        equal([read(tape)[:1] for _ in range(50)], [bytes([n]) for n in range(50, 100)])
        tape.fails((0, 0, 1), '08 00 00 03 e8 00', read=1000)
        tape.blank()


def test_protected(place):
    """the same on a write-protected cartridge: GOOD, position unchanged; WRITE is refused 07/27"""
    barcode = place.barcode('stk', 1)
    with Host(place).attach() as a:
        tape = a.drive()
        hundred(tape)
        place.evertape('drive', 'unload', '1', '--library', 'stk', '--force')
        place.evertape('cartridge', 'protect', barcode)
        place.evertape('drive', 'load', '1', barcode, '--library', 'stk')
        try:
            equal(tape.attentions(), [MEDIUM_CHANGED])
            equal(tape.good('1a 00 00 00 0c 00')[2] & 0x80, 0x80, 'WP')
            tape.good(LOCATE.format(50))
            assert tape(FLUSH).key in (None, WRITE_PROTECTED)
            equal(tape.good(READ_POSITION)[4:8], b'\0\0\0\x32')
            tape.fails(WRITE_PROTECTED, '0a 00 00 10 00 00', bytes(16))
            tape.fails(WRITE_PROTECTED, '10 00 00 00 01 00')
            equal(read(tape)[:1], b'\x32')
        finally:
            place.evertape('drive', 'unload', '1', '--library', 'stk', '--force')
            place.evertape('cartridge', 'unprotect', barcode)
            place.evertape('drive', 'load', '1', barcode, '--library', 'stk')
        tape.attentions()
        equal(tape.good('1a 00 00 00 0c 00')[2] & 0x80, 0)
        tape.blank()


def test_other_tape(place):
    """unload and another tape by the robot: 02/3A/00, UA 28/00 once, then GOOD"""
    with Host(place).attach() as a:
        tape, changer = a.drive(), a.changer()
        tape.good('1b 00 00 00 00 00')
        changer.good('a5 00 00 00 01 f4 03 e8 00 00 00 00')
        tape.fails(NO_MEDIUM, TUR)
        tape.fails(NO_MEDIUM, READ_POSITION)
        changer.good('a5 00 00 00 03 ec 01 f4 00 00 00 00')
        equal(tape.attentions(), [MEDIUM_CHANGED])
        equal(tape.position(), (0x80, 0))
        changer.good('a5 00 00 00 01 f4 03 ec 00 00 00 00')
        changer.good('a5 00 00 00 03 e8 01 f4 00 00 00 00')
        equal(tape.attentions(), [MEDIUM_CHANGED])
