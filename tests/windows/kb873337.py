# SPDX-License-Identifier: Apache-2.0
"""KB 873337 device names change after the connection was lost

Before Persistence=1, PnP gave a drive that came back after a loss of connectivity a new \\\\.\\TapeN, while the backup
program kept the old one.  After 60 s without its target Windows removes the devices: then the names depend on
what the target answers when it is back, and on nothing else.  How long it was away the target does not know;
an absence of more than a minute is here the departure that Windows makes of it (and 65 s in tests/windows/poll).
"""
from host import *


class Server:
    """A host with its registry, through boots and losses."""

    def __init__(self, place, persistence):
        self.place, self.names = place, Persistence(persistence)
        self.host = Host(place).attach()
        self.bus = Bus(self.host).scan()
        self.numbers = self.boot()

    def boot(self, units=None):
        return self.names.scan(units or [unit for unit in self.host.of() if unit.drive])

    def lose(self, between=lambda: None):
        """The connection is lost, something happens, the host reconnects."""
        self.host.vanish(reset=True)
        between()
        self.host.attach()

    def same_devices(self):
        """PnP finds the same instance ids at the same addresses: nothing arrives, nothing departs."""
        equal(Bus(self.host).scan(), self.bus, 'path, target, LUN and what is there')

    def end(self):
        self.host.vanish()


EVENTS = [
    ('the link', lambda place: None),
    ('the daemon, stopped and started', lambda place: place.restart()),
    ('the daemon, killed', lambda place: place.restart('kill')),
]


def test_under_60_s(place):
    """lost and back under 60 s: the same device objects, with both values of Persistence"""
    for persistence in (0, 1):
        server = Server(place, persistence)
        for _, event in EVENTS:
            server.lose(lambda: event(place))
            server.same_devices()
            equal([unit.uid() for unit in server.host.of() if unit.drive], list(server.numbers), 'keys')
        server.end()


def test_over_60_s(place):
    """departed and arrived again: with Persistence=1 the old numbers, in whatever order drives arrive"""
    server = Server(place, 1)
    equal(sorted(server.numbers.values()), [2147483643, 2147483644, 2147483645, 2147483646])
    for _, event in EVENTS:
        server.names.depart_all()
        server.lose(lambda: event(place))
        drives = [unit for unit in server.host.of() if unit.drive]
        for order in (drives, drives[::-1], drives[2:] + drives[:2]):
            equal(server.boot(order), server.numbers)
        server.same_devices()
    equal(len(server.names.entries), 4, 'entries in Control\\Tape')
    server.end()


def test_persistence_0(place):
    """with Persistence=0: path, target and LUN of every drive stay, and so do the numbers in that order"""
    server = Server(place, 0)
    equal(sorted(server.numbers.values()), [0, 1, 2, 3])
    for _, event in EVENTS:
        server.names.depart_all()
        server.lose(lambda: event(place))
        server.same_devices()
        equal(server.boot(), server.numbers)
    server.end()


def test_renumbered(place):
    """the article's case: some drives come back later than others, and only Persistence=0 renumbers them"""
    for persistence, kept in ((0, False), (1, True)):
        server = Server(place, persistence)
        server.names.depart_all()
        server.lose()
        drives = [unit for unit in server.host.of() if unit.drive]
        equal(server.boot(drives[::-1]) == server.numbers, kept, f'Persistence={persistence}')
        server.end()


def test_re_enumeration(place):
    """a drive is added, another removed and added again: rescans find the others unchanged"""
    server = Server(place, 1)
    kept = {uid: n for uid, n in server.numbers.items() if uid[24:] != b'STK000D002'}
    place.evertape('drive', 'unload', '2', '--library', 'stk', '--force')
    added = place.add_drive()
    place.evertape('drive', 'remove', '2', '--library', 'stk', '--force')
    try:
        place.drives()[1]['installed'] = False
        server.host.vanish()
        server.host.attach()
        equal(server.boot(), kept)
    finally:
        place.drives()[1]['installed'] = True
        place.evertape('drive', 'add', '--number', '2', '--library', 'stk')
        place.evertape('drive', 'remove', str(added), '--library', 'stk', '--force')
        place.evertape('drive', 'load', '2', place.barcode('stk', 2), '--library', 'stk')
    server.host.vanish()
    server.host.attach()
    equal(server.boot(), server.numbers)
    server.same_devices()
    server.end()
