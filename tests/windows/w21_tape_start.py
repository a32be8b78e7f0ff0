# SPDX-License-Identifier: Apache-2.0
"""W21 tape.sys start and parameters"""
from host import *
from place import gold

LTO = (0x40, 0x42, 0x44, 0x46, 0x58, 0x5a, 0x5c, 0x5e, 0x60)  # the densities of LTO-1 to LTO-9
PAGE = 0x3f  # bit 7 says that the page can be saved
PAGE_10, PAGE_0F, PAGE_25 = '1a 08 10 00 14 00', '1a 08 0f 00 14 00', '1a 08 25 00 ff 00'
LIMITS, BLOCK, MEDIA_TYPES = '05 00 00 00 00 00', '1a 00 00 00 0c 00', '1a 00 10 00 1c 00'
SELECT_BLOCK, SELECT_PAGE = '15 00 00 00 0c 00', '15 10 00 00 14 00'


def block_length(n):
    return bytes.fromhex('00001008 00000000 00') + n.to_bytes(3, 'big')


def start(host, library, unit):
    """The start of the driver and what applications get and set, in order; answers are golden bytes."""
    def asked(cdb):
        gold.check(library, f'{unit.role}, {cdb}', answer := unit.good(cdb))
        return answer
    vendor = unit.inquiry()[8:16].strip()
    page = asked(PAGE_10)
    equal((page[0], page[3], page[4] & PAGE, page[5]), (0x13, 0, 0x10, 0x0e), 'page 10h without a block descriptor')
    page = asked(PAGE_0F)
    equal((page[4] & PAGE, page[5], page[6] & 0x40), (0x0f, 0x0e, 0x40), 'page 0Fh, DCC')
    limits = asked(LIMITS)
    assert len(limits) == 6 and int.from_bytes(limits[1:4], 'big') >= 0x40000 and limits[4:6] == b'\0\1', limits.hex()
    equal(unit.tur(), 'good')
    block = asked(BLOCK)
    equal((len(block), block[0], block[3], block[2] & 0x80, block[9:12]), (12, 0x0b, 8, 0, bytes(3)))
    assert len(unit.good(REQUEST_SENSE)) >= 18
    types = asked(MEDIA_TYPES)
    assert types[4] in LTO and types[3] == 8, f'density {types[4]:02x}'
    generation = int(unit.inquiry()[16:32].strip().decode().removesuffix('-SCSI')[-1])
    equal(types[4], LTO[generation - 1], 'density of the generation')

    unit.good(SELECT_BLOCK, block_length(512))
    equal(unit.good(BLOCK)[9:12], b'\0\2\0')
    unit.good(SELECT_BLOCK, block_length(0))
    equal(unit.good(BLOCK), block)
    for dce in (0, 0x80):
        page = bytearray(unit.good(PAGE_0F))
        page[0] = 0
        page[6] = page[6] & 0x7f | dce
        page[8:12] = (0x10).to_bytes(4, 'big')
        unit.good(SELECT_PAGE, bytes(page))
        equal(unit.good(PAGE_0F)[6] & 0x80, dce, 'DCE')
    page = bytearray(unit.good(PAGE_10))
    for first in (0, page[0]):  # header byte 0 is reserved here; careless programs send it back as it came
        unit.good(SELECT_PAGE, bytes([first]) + bytes(page[1:]))
    if vendor == b'IBM':
        equal(asked(PAGE_25)[4] & PAGE, 0x25)


def test_start(place):
    """every drive personality, a tape of its generation in it"""
    with Host(place).attach_all() as a:
        for (library, drive), unit in a.units.items():
            if drive:
                unit.attentions()
                start(a, library, unit)


def test_empty(place):
    """without a tape: TEST UNIT READY 02/3A/00, mode pages and limits GOOD all the same"""
    with Host(place).attach_all() as a:
        for library in place.libraries():
            for d in place.drives(library):
                unit = a.drive(d['number'], library)
                slot = place.library(library)['first_element']['slot'] + d['number'] - 1
                move = 'a5 00 00 00 {:04x} {:04x} 00 00 00 00'
                a.changer(library).good(move.format(d['element'], slot))
                unit.fails(NO_MEDIUM, TUR)
                for cdb in (PAGE_10, PAGE_0F, LIMITS, BLOCK, MEDIA_TYPES):
                    unit.good(cdb)
                if unit.inquiry()[8:11] == b'IBM':
                    unit.good(PAGE_25)
                a.changer(library).good(move.format(slot, d['element']))
                equal(unit.attentions(), [MEDIUM_CHANGED])
