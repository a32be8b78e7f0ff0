# SPDX-License-Identifier: Apache-2.0
"""W10 host reboot"""
from host import *

RESERVE, RELEASE, RESERVE_10 = '16 00 00 00 00 00', '17 00 00 00 00 00', '56' + '00' * 9
KEY = b'windows!'


def register(unit, key, aptpl=False, old=bytes(8)):
    unit.good('5f 00 00 00 00 00 00 00 18 00', old + key + bytes(4) + bytes([aptpl, 0, 0, 0]))


def keys(unit):
    data = unit.good('5e 00 00 00 00 00 00 01 00 00')
    return [data[at:at + 8] for at in range(8, len(data), 8)]


def test_reboot(place):
    """logout or silence, then a new session with ISID qualifier 0000 or 0001: accepted, the same devices"""
    for leave in (Host.leave, Host.vanish):
        for qualifier in (0, 1):
            a = Host(place).attach()
            before = a.idents()
            a.drive().good(RESERVE)
            leave(a)
            with Host(place, qualifier=qualifier).attach() as again:
                equal(again.idents(), before)
                equal({s.cmd_sn > 1 for s in again.sessions.values()}, {True})
                with Host(place, 'win-b').attach() as b:
                    equal(b.drive().tur(), 'good', 'a reservation of a host that is gone')


def test_registrations(place):
    """persistent registrations outlive the session; a restart of the target only with APTPL"""
    for aptpl in (False, True):
        with Host(place) as a:
            register(a.attach().drive(), KEY, aptpl)
            a.vanish()
            equal(keys(a.attach().drive()), [KEY], 'after a new login')
            place.restart()
            a.vanish()
            equal(keys(a.attach().drive()), [KEY] if aptpl else [], f'APTPL={int(aptpl)} after a restart')
            if aptpl:
                register(a.drive(), bytes(8), old=KEY)
            equal(keys(a.drive()), [])
