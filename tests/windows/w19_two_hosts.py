# SPDX-License-Identifier: Apache-2.0
"""W19 two initiators"""
from host import *

KEY = b'windows!'
WRITE = '0a 00 00 10 00 00'


def pr_out(action, kind=0, key=bytes(8), new=bytes(8)):
    return f'5f {action:02x} {kind:02x} 00 00 00 00 00 18 00', key + new + bytes(8)


def identities_pass(unit):
    unit.ident()
    unit.good('a0 00 00 00 00 00 00 00 10 00 00 00')
    unit.good(REQUEST_SENSE)


# How A takes the drive, and gives it back.
RESERVATIONS = [
    ('RESERVE(6)', [('16 00 00 00 00 00', b'')], [('17 00 00 00 00 00', b'')]),
    ('RESERVE(10)', [('56' + '00' * 9, b'')], [('57' + '00' * 9, b'')]),
    ('PERSISTENT RESERVE OUT, exclusive access', [pr_out(0, new=KEY), pr_out(1, 3, KEY)], [pr_out(3, key=KEY)]),
    ('PERSISTENT RESERVE OUT, exclusive access, registrants only', [pr_out(6, new=KEY), pr_out(1, 6, KEY)],
     [pr_out(2, 6, KEY), pr_out(0, key=KEY)]),
]


def test_reservations(place):
    """B may query what A has reserved, but not use it: status 18h"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        for name, take, give in RESERVATIONS:
            for cdb, data in take:
                a.drive().good(cdb, data)
            identities_pass(b.drive())
            equal(b.drive()(WRITE, bytes(16)).status, RESERVATION_CONFLICT, f'{name}: WRITE')
            # Persistent reservations let TEST UNIT READY pass.
            equal(b.drive()(TUR).status, 0 if 'PERSISTENT' in name else RESERVATION_CONFLICT, f'{name}: TUR')
            equal(a.drive().tur(), 'good', name)
            equal(b.drive(2).tur(), 'good', f'{name}: another drive')
            for cdb, data in give:
                a.drive().good(cdb, data)
            b.drive().attentions()
            equal(b.drive().tur(), 'good', name)


def test_attentions(place):
    """each host has its own unit attentions: when B reads its own, A's stays; both may have the same ISID"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        equal(a.isid, b.isid)
        a.drive().session.tmf(5, a.drive().lun)
        equal(b.drive().attentions(), [(6, 0x29, 3)])
        equal(b.drive().attentions(), [])
        equal(a.drive().attentions(), [(6, 0x29, 3)])


def test_move(place):
    """A moves a tape: the drive reports it to both, once"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        a.changer().good('a5 00 00 00 01 f5 03 e9 00 00 00 00')
        for host in (a, b):
            host.drive(2).fails(NO_MEDIUM, TUR)
        a.changer().good('a5 00 00 00 03 e9 01 f5 00 00 00 00')
        for host in (b, a):
            equal(host.drive(2).attentions(), [MEDIUM_CHANGED])
            equal([unit.attentions() for unit in host.of()], [[]] * 5)
