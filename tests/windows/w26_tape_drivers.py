# SPDX-License-Identifier: Apache-2.0
"""W26 tape drivers of vendors

What published drivers for Windows send, and stumble over when the drive answers otherwise.
"""
from host import *
from place import gold

LOAD, UNLOAD, LOAD_IMMED, UNLOAD_IMMED = ('1b 00 00 00 01 00', '1b 00 00 00 00 00', '1b 01 00 00 01 00', '1b 01 00 00 00 00')
PAGE_11 = '1a 00 11 00 18 00'
UNLOADED, UNLOADING = (2, 4, 2), (2, 4, 0)


def is_hp(unit):
    """HP's own drives, to LTO-6, Quantum's too; later ones are IBM's under another name."""
    return unit.inquiry()[8:25] in [vendor + n for vendor in (b'HP      Ultrium ', b'QUANTUM ULTRIUM ') for n in (b'5', b'6')]


def test_prepare_load(place):
    """PrepareTape(LOAD): the sender's next command gets no unit attention of a changed medium, the other host's gets one"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        for number in range(1, len(place.drives()) + 1):
            tape, other = a.drive(number), b.drive(number)
            if tape.tur() == NO_MEDIUM:
                continue
            tape.attentions(), other.attentions()
            for unload, load in ((UNLOAD, LOAD), (UNLOAD, LOAD_IMMED)):
                tape.good(unload)
                tape.good(load)
                becomes(tape.tur, 'good')
                equal(tape.attentions(), [])
                equal(other.attentions(), [MEDIUM_CHANGED])
                tape.good(LOAD)
                equal((tape.attentions(), other.attentions()), ([], []), 'LOAD of one that is loaded')


def test_partitions(place):
    """GET_MEDIA_PARAMS of older drivers: page 11h beside the block descriptor, one partition, with and without a tape"""
    with Host(place).attach_all() as a:
        for (library, number), unit in a.units.items():
            if not number:
                continue
            unit.attentions()
            data = unit.good(PAGE_11)
            gold.check(library, f'{unit.role}, {PAGE_11}', data)
            density = data[4]
            most = 1 if density == 0x58 else 3  # additional partitions; the page has a size for each
            page = 8 + 2 * (most + 1)
            equal((len(data), data[0], data[3], data[12:14]), (24, 11 + page, 8, bytes([0x11, page - 2])))
            equal((data[14], data[15], data[16] & 0x18, data[17], data[18] & 15), (most, 0, 0x18, 3, 9))
            size = int.from_bytes(data[20:22], 'big')
            equal(size, {0x58: 1500, 0x5a: 2500, 0x5c: 6000, 0x5e: 12000, 0x60: 18000}[density], 'GB')


def test_unload(place):
    """UNLOAD of nothing, and once more: HP GOOD, the others 02/3A/00 and 02/04/02"""
    with Host(place).attach_all() as a:
        for library in place.libraries():
            for d in place.drives(library):
                unit = a.drive(d['number'], library)
                unit.attentions()
                unit.good(UNLOAD_IMMED)

                def at_rest():
                    key = unit.tur()
                    assert key in ('good', UNLOADING, UNLOADED), key
                    return key
                becomes(at_rest, UNLOADED)
                again = [(2, UNLOADED), (2, NO_MEDIUM)] if not is_hp(unit) else [(0, None), (0, None)]
                for cdb in (UNLOAD, UNLOAD_IMMED):
                    r = unit(cdb)
                    equal((r.status, r.key), again[0], f'{library} {unit.role}, {cdb}')
                slot = place.library(library)['first_element']['slot'] + d['number'] - 1
                move = 'a5 00 00 00 {:04x} {:04x} 00 00 00 00'
                a.changer(library).good(move.format(d['element'], slot))
                r = unit(UNLOAD)
                equal((r.status, r.key), again[1], f'{library} {unit.role}, empty')
                unit.fails(NO_MEDIUM, LOAD)
                a.changer(library).good(move.format(slot, d['element']))
                equal(unit.attentions(), [MEDIUM_CHANGED])


def test_wrong_way(place):
    """B5h with the write bit set, as a driver sends it: refused, not GOOD without data"""
    with Host(place).attach() as a:
        changer, ask = a.changer(), 'b5 10 00 00 ff ff 00 00 00 ff 00 00'
        changer.good('b6 00 00 00 00 05 00 00 00 28 00 00', b'*'.ljust(32) + bytes(8))
        r = changer(ask, bytes(255), read=0)
        equal((r.status, r.key, r.data), (2, (5, 0x0e, 3), b''))
        assert changer.good(ask, read=255), 'the search is still there for who asks properly'
