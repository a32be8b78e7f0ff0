# SPDX-License-Identifier: Apache-2.0
"""PREVENT ALLOW MEDIUM REMOVAL and the robot: a drive that a host keeps gives its cartridge to nobody, and nothing has
changed after the refusal; mail slots that a host keeps are closed for people, not for the robot."""
from robot import *

server = Server()
server.evertape('cartridge', 'create', 'PRV001L8')
A, B = Host(server), Host(server, 'host-b')
SLOT, MAILSLOT, DRIVE = 1000, 10, 500
PREVENT, ALLOW = '1e0000000100', '1e0000000000'


def state():
    """Elements, and what the drive says of its tape."""
    position = A.command(1, '3406' + 16 * '0', read=32)
    return {a: e.raw for a, e in A.elements().items()}, A.command(1, TUR).key, position.data, position.key


def exchange(source, first, second):
    return f'a6000000{source:04x}{first:04x}{second:04x}0000'


def both_refused(who):
    """From the drive to a slot and to a mail slot, exchanged with a slot, by each host."""
    before = state()
    slots = A.elements(ST)
    full, free = A.where('PRV001L8')[0].address, next(a for a in slots if not slots[a].flags & FULL)
    for host in (A, B):
        host.fails(0, host.move_cdb(DRIVE, free), PREVENTED)
        host.fails(0, host.move_cdb(DRIVE, MAILSLOT), PREVENTED)
        host.fails(0, exchange(full, DRIVE, free), PREVENTED)
    equal(state(), before, f'nothing has changed: {who}')
    equal([host.attentions(lun) for host in (A, B) for lun in (0, 1, 2)], [[]] * 6, 'and nobody hears of it')


def test_drive():
    """MOVE MEDIUM and EXCHANGE MEDIUM of a drive under PREVENT: 5/53/02, whoever asks; ALLOW of its host ends it"""
    A.good(1, '010000000000')
    A.good(1, '0a0000100000', bytes(4096))
    B.good(1, PREVENT)
    both_refused('one host prevents')
    A.good(1, ALLOW)
    both_refused('ALLOW of another host')
    A.good(1, PREVENT)
    B.good(1, ALLOW)
    both_refused('both had prevented')
    A.good(1, ALLOW)
    A.move(DRIVE, SLOT + 15)
    equal(A.elements(DT)[DRIVE].flags & FULL, 0, 'the drive is empty')
    A.move(SLOT + 15, DRIVE)
    for host in (A, B):
        host.attentions(1)


def test_into_drive():
    """PREVENT of an empty drive keeps no cartridge out, and keeps the one that comes"""
    A.move(DRIVE, SLOT + 15)
    A.attentions(1)
    A.good(1, PREVENT)
    B.move(SLOT + 15, DRIVE)
    equal([A.attentions(1), B.attentions(1)], [[MEDIUM_CHANGED]] * 2)
    both_refused('prevented while it was empty')
    A.good(1, ALLOW)


def test_mailslots():
    """mail slots under PREVENT of the changer: OPEN ends with 5/53/02, a person is refused, the robot moves both ways"""
    source = A.where('PRV001L8')[0].address
    A.move(source, MAILSLOT)
    B.good(0, PREVENT)
    before = state()
    for host in (A, B):
        for address in (MAILSLOT, MAILSLOT + 1):
            host.fails(0, f'1b00{address:04x}0000', PREVENTED)
    assert 'PREVENT' in refused(server, 'mailslot', 'open', 'PRV001L8')
    equal(state(), before, 'nothing has changed')
    A.move(MAILSLOT, MAILSLOT + 1)
    A.fails(0, A.move_cdb(MAILSLOT, SLOT), (5, 0x3b, 0x0e))
    A.move(MAILSLOT + 1, source)
    # The drive's own prevention is another one.
    A.move(DRIVE, SLOT + 15)
    A.move(SLOT + 15, DRIVE)
    B.good(0, ALLOW)
    A.good(0, f'1b00{MAILSLOT:04x}0000')


def test_end():
    """the daemon ends well"""
    assert server.stop()


tap.run(tap.tests_of(globals()))
