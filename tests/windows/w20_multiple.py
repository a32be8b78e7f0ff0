# SPDX-License-Identifier: Apache-2.0
"""W20 several connections and sessions"""
from host import *


def test_connection(place):
    """MaxConnections=32 is answered 1; a second connection is refused 0206, the first unharmed"""
    with Host(place).attach() as a:
        s = a.drive().session
        equal((s.offer['MaxConnections'], s.keys['MaxConnections']), ('32', '1'))
        try:
            a.session(s.target, tsih=s.tsih, cid=2).login()
            raise AssertionError('not refused')
        except LoginRefused as e:
            equal(f'{e.status:04x}', '0206')
        equal(a.drive().tur(), 'good')


def test_sessions(place):
    """a second session with another ISID qualifier: the same device by every name"""
    with Host(place).attach() as a, Host(place, qualifier=1).attach() as again:
        equal(again.idents(), a.idents())
        equal([unit.uid() for unit in again.of()], [unit.uid() for unit in a.of()])
        equal([unit.duid() for unit in again.of()], [unit.duid() for unit in a.of()])
        equal([unit.attentions() for unit in a.of()], [[]] * 5, 'news for the first session')
        assert not {s.tsih for s in a.sessions.values()} & {s.tsih for s in again.sessions.values()}


def test_discovery_meanwhile(place):
    """a discovery session while a normal one is up"""
    with Host(place).attach() as a:
        assert place.library()['target'] in a.discover()
        equal(a.drive().tur(), 'good')
