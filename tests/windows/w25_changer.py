# SPDX-License-Identifier: Apache-2.0
"""W25 changer inventory and drive mapping"""
from host import *
from place import Place, gold

MODE_PAGES = ('1a 08 1d 00 18 00', '1a 08 1e 00 ff 00', '1a 08 1f 00 18 00')
DRIVES = 'b8 14 00 00 ff ff 01'  # READ ELEMENT STATUS, VOLTAG, type 4, DVCID; then length and control
DRIVES_PLAIN = 'b8 14 00 00 ff ff 00'
ALL = 'b8 10 00 00 ff ff 00'
MOVE = 'a5 00 00 00 {:04x} {:04x} 00 00 00 00'


def element_status(unit, cdb):
    """Asked twice, as mcd does: the header for the byte count, then everything."""
    head = unit(cdb + '00 00 08 00 00')
    equal(head.status, 0, cdb)
    equal(len(head.data), 8)
    count = int.from_bytes(head.data[5:8], 'big')
    whole = unit(cdb + f'{count + 8:06x} 00 00')
    equal((whole.status, len(whole.data), whole.residual), (0, count + 8, 0), cdb)
    equal(whole.data[:8], head.data, 'the 8-byte answer says the full count')
    return whole.data


def elements(data, dvcid=False):
    """{address: (type, flags, barcode, identifier)}; page by page, none with two types."""
    found, at, order = {}, 8, []
    while at < len(data):
        kind, tagged = data[at], data[at + 1] & 0x80
        size, total = struct.unpack('>H', data[at + 2:at + 4])[0], int.from_bytes(data[at + 5:at + 8], 'big')
        assert kind in (1, 2, 3, 4) and kind not in order, f'page of type {kind} after {order}'
        order.append(kind)
        equal(total % size, 0, 'a page of whole descriptors')
        for d in (data[i:i + size] for i in range(at + 8, at + 8 + total, size)):
            tag = d[12:48].rstrip(b'\0 ').decode() if tagged else ''
            found[struct.unpack('>H', d[:2])[0]] = (kind, d[2], tag, d[48 if tagged else 12:])
        at += 8 + total
    equal((at, len(found)), (len(data), struct.unpack('>H', data[2:4])[0]), 'length and number of elements')
    return found


def barcodes(changer):
    return {address: tag for address, (_, _, tag, _) in elements(element_status(changer, ALL)).items() if tag}


def identifiers(changer):
    """{serial: element address} by DVCID."""
    found = {}
    for address, (kind, _, _, block) in elements(element_status(changer, DRIVES)).items():
        equal(kind, 4)
        if block[3]:
            equal(block[:4], b'\2\1\0\x22')
            found[block[28:38].decode()] = address
    return found


def triples(host):
    """{serial: element address} over all libraries the host is attached to."""
    found = {}
    for (library, drive), unit in host.units.items():
        if not drive:
            found.update(identifiers(unit))
    return found


def inventory(host, library):
    """Pages and inventory of a fresh library, against the golden bytes; drives mapped by serial."""
    changer = host.changer(library)
    for cdb in MODE_PAGES:
        gold.check(library, f'changer, {cdb}', changer.good(cdb))
    for cdb in (DRIVES, ALL):
        gold.check(library, f'changer, {cdb}', element_status(changer, cdb))
    mapping(host, library)


def mapping(host, library):
    """The golden element of every drive, found by the serial of VPD 80h; DVCID is its first designator."""
    found, lines = elements(element_status(host.changer(library), DRIVES)), []
    for unit in host.of(library):
        if unit.drive:
            same = [a for a, (_, _, _, block) in found.items() if block[28:38] == unit.serial()]
            equal(len(same), 1, f'elements of {unit.role}')
            equal(found[same[0]][3][:38], b'\2\1\0\x22' + unit.designators()[0][2])
            lines.append(f'{same[0]:04x} {unit.uid().decode()}')
    gold.check(library, 'changer, elements of the drives', lines)


def test_inventory(place):
    """mode pages and READ ELEMENT STATUS of every personality are the golden bytes; DVCID is the drive's VPD 83h"""
    with Place(place.layout) as fresh, Host(fresh).attach_all() as a:
        for library in fresh.libraries():
            inventory(a, library)


def test_mapping(place):
    """after drives were added, removed, and libraries re-created: each serial at its golden element"""
    with Host(place).attach_all() as a:
        for library in place.libraries():
            mapping(a, library)


def test_short(place):
    """cut at any length: the full byte count, U or O and the right residual, no error because of DVCID"""
    with Host(place).attach() as a:
        whole = element_status(a.changer(), DRIVES)
        for alloc in (0, 1, 7, 8, 9, 15, 16, 17, 28, 64, 98, 99, len(whole) - 1, len(whole), len(whole) + 1, 4096):
            r = a.changer()(DRIVES + f'{alloc:06x} 00 00')
            equal((r.status, r.data, r.residual), (0, whole[:alloc], max(0, alloc - len(whole))), f'{alloc} bytes')


def test_without_dvcid(place):
    """without DVCID no identifier, and a valid page"""
    with Host(place).attach() as a:
        for address, (kind, _, _, block) in elements(element_status(a.changer(), DRIVES_PLAIN)).items():
            equal((kind, block), (4, bytes(4)), f'element {address}')


def test_tags(place):
    """a barcode is 8 characters, left aligned in 36 bytes, padded with spaces"""
    with Host(place).attach() as a:
        data = element_status(a.changer(), DRIVES_PLAIN)
        equal(data[16 + 12:16 + 48], place.barcode('stk', 1).encode().ljust(32) + bytes(4))


def test_moves(place):
    """moves and their errors: 3B/0E, 3B/0D, 21/01; only the drive of a loaded tape reports a unit attention"""
    with Host(place).attach() as a:
        changer, home, free = a.changer(), 1000, 1009
        at = {tag: address for address, tag in barcodes(changer).items()}
        spare, loaded = at[place.barcode('stk', 8)], at[place.barcode('stk', 1)]
        changer.fails((5, 0x3b, 0x0e), MOVE.format(free, 1010))
        changer.fails((5, 0x3b, 0x0d), MOVE.format(spare, loaded))
        changer.fails((5, 0x21, 1), MOVE.format(spare, 9999))
        changer.fails((5, 0x21, 1), MOVE.format(9999, free))
        changer.good(MOVE.format(loaded, free))
        a.drive(1).fails(NO_MEDIUM, TUR)
        changer.good(MOVE.format(spare, loaded))
        equal(a.drive(1).attentions(), [MEDIUM_CHANGED])
        equal([unit.attentions() for unit in a.of()], [[]] * 5)
        equal(barcodes(changer)[loaded], place.barcode('stk', 8))
        changer.good(MOVE.format(loaded, spare))
        changer.good(MOVE.format(free, home))
        changer.good(MOVE.format(home, loaded))
        a.drive(1).attentions()


def test_commands(place):
    """07 and E7, 1E, B6 with B5, 2B, 01"""
    with Host(place).attach() as a:
        changer = a.changer()
        for cdb in ('07 00 00 00 00 00', 'e7 00 00 00 00 00 00 00 00 00', 'e7 01 01 f4 00 00 00 04 00 00',
                    '1e 00 00 00 01 00', '1e 00 00 00 00 00', '2b 00 00 00 01 f4 00 00 00 00', '01 00 00 00 00 00'):
            changer.good(cdb)
        template = place.barcode('stk', 1).encode().ljust(32) + bytes(8)
        changer.good('b6 00 00 00 00 05 00 00 00 28 00 00', template)
        found = elements(changer.good('b5 10 00 00 ff ff 00 00 10 00 00 00'))
        equal({address: tag for address, (_, _, tag, _) in found.items()}, {500: place.barcode('stk', 1)})
