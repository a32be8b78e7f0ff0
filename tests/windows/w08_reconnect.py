# SPDX-License-Identifier: Apache-2.0
"""W08 TCP drop, reconnect within 60 s

Nothing in the target waits for a minute: what holds after a second holds after 59.  The pause of five seconds
that Windows makes is in tests/windows/poll.
"""
import time

from host import *

PREVENT, ALLOW = '1e 00 00 00 01 00', '1e 00 00 00 00 00'


def drop(place, reset, pause=0.1):
    """Ten records written, the tape locked in; then the connection is lost, and the host reconnects."""
    with Host(place) as a:
        a.attach()
        before = a.idents()
        tape = a.drive().blank()
        tape.write(*[bytes([n]) * 65536 for n in range(10)])
        tape.good(PREVENT)
        a.vanish(reset)
        time.sleep(pause)
        becomes(lambda: place.show(1)['prevented'], False, 'the lock of a nexus that is lost')

        a.attach(take=False)
        equal({s.tsih == 0 for s in a.sessions.values()}, {False})
        equal(a.idents(), before)
        for unit in a.of():
            first = unit(TUR).pdu.data
            assert first in (attention(NEXUS_LOSS), attention(POWER_ON)), f'{unit.role}: {first.hex()}'
            equal(unit.tur(), 'good', unit.role)
        equal(a.drive().position(), (0, 10))
        a.drive().good(REWIND)
        equal([a.drive().good('08 00 01 00 00 00', read=65536)[:1] for _ in range(10)], [bytes([n]) for n in range(10)])
        a.drive().blank()


def test_fin(place):
    """by FIN: same names, UA 29/07 once, position kept, no other unit attention"""
    drop(place, False)


def test_rst(place):
    """by RST: the same"""
    drop(place, True)


def test_request_sense(place):
    """REQUEST SENSE before TEST UNIT READY returns the unit attention once"""
    with Host(place).attach() as a:
        a.vanish()
        a.attach(take=False)
        for unit in a.of():
            sense = unit.good(REQUEST_SENSE)
            assert (sense[2] & 15, sense[12], sense[13]) in (NEXUS_LOSS, POWER_ON), sense.hex()
            equal(unit.good(REQUEST_SENSE)[2] & 15, 0)
            equal(unit.tur(), 'good')


def test_others(place):
    """another host notices nothing"""
    with Host(place, 'win-b').attach() as b:
        for reset in (False, True):
            with Host(place).attach() as a:
                a.vanish(reset)
            Host(place).attach().leave()
        equal([unit.attentions() for unit in b.of()], [[]] * len(b.of()))
