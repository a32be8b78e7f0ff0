# SPDX-License-Identifier: Apache-2.0
"""A library of 10 000 slots and 200 drives on the wire, with times."""
from robot import *

SLOTS, DRIVES, CARTRIDGES = 10000, 200, 10000
server = Server()
hosts = {}


def timed(what, limit, call, *args, **how):
    """What call gives; its time is printed and must stay under the limit."""
    began = time.monotonic()
    value = call(*args, **how)
    took = time.monotonic() - began
    print(f'# {what}: {took * 1000:.0f} ms', flush=True)
    assert took < limit, f'{what} took {took:.1f} s, more than {limit} s'
    return value


def test_create():
    """made in seconds"""
    timed(f'a library of {SLOTS} slots and {DRIVES} drives', 20, server.evertape, 'library', 'create', 'large',
          '--drives', str(DRIVES), '--slots', str(SLOTS), '--mailslots', '100')
    target = next(each['target'] for each in show(server, 'library', 'list')['libraries'] if each['name'] == 'large')
    hosts['a'] = timed('login', 2, Session, server.address, target)
    hosts['a'] = timed('login to all units', 5, Host, server, 'host-a', range(DRIVES + 1), target)


def test_cartridges():
    """ten thousand cartridges in one go, which a host hears of once"""
    timed(f'{CARTRIDGES} cartridges', 120, server.evertape, 'cartridge', 'create', '--count', str(CARTRIDGES),
          '--prefix', 'A', '--library', 'large')
    equal(hosts['a'].attentions(0), [(6, 0x28, 0)], 'once, however many')


def test_luns():
    """REPORT LUNS names 201 units, each answers as itself"""
    a = hosts['a']
    data = timed('REPORT LUNS', 0.5, a.good, 0, 'a00000000000000010000000', read=4096)
    equal([int.from_bytes(data[i:i + 2], 'big') for i in range(8, len(data), 8)], list(range(DRIVES + 1)))
    serials = timed(f'VPD 80h of {DRIVES} drives', 2, lambda: [a.good(lun, '12018000ff00', read=255)[4:].decode()
                                                             for lun in range(1, DRIVES + 1)])
    equal(len(set(serials)), DRIVES)
    found = timed('READ ELEMENT STATUS, drives with DVCID', 0.5, a.elements, DT, dvcid=True)
    equal([e.serial for e in found.values()], serials)


def test_status():
    """the whole inventory, of a type or of all, with and without DVCID, is complete"""
    a = hosts['a']
    whole = timed('READ ELEMENT STATUS, all with DVCID', 1, a.elements, dvcid=True)
    kinds = [e.kind for e in whole.values()]
    equal([kinds.count(kind) for kind in (MT, ST, IE, DT)], [1, SLOTS, 100, DRIVES])
    slots = timed('READ ELEMENT STATUS, slots', 1, a.elements, ST)
    equal(len(slots), SLOTS)
    equal(len({e.barcode for e in slots.values() if e.flags & FULL}), CARTRIDGES)
    equal({address: e.raw for address, e in slots.items()},
          {address: e.raw for address, e in whole.items() if e.kind == ST})


def test_pages():
    """read on in steps of 500, it is the same inventory"""
    a, found, start = hosts['a'], {}, 1000
    whole = a.elements(ST)
    began = time.monotonic()
    while True:
        part = a.elements(ST, limit=500, start=start)
        if not part:
            break
        found.update(part)
        start = max(part) + 1
    print(f'# in steps of 500: {(time.monotonic() - began) * 1000:.0f} ms')
    equal({address: e.raw for address, e in found.items()}, {address: e.raw for address, e in whole.items()})


def test_two():
    """a mover and a reader at once: every inventory is of one moment, none late"""
    a, b = hosts['a'], Host(server, 'host-b', (0,), hosts['a'].target)
    worst, drive = 0, 500
    for i in range(20):
        a.move(1000 + i, drive + i)
        began = time.monotonic()
        here = [e for e in b.elements().values() if e.barcode]
        worst = max(worst, time.monotonic() - began)
        equal((len(here), len({e.barcode for e in here})), (CARTRIDGES, CARTRIDGES))
        a.move(drive + i, 1000 + i)
    print(f'# worst inventory beside moves: {worst * 1000:.0f} ms')
    assert worst < 2
    b.close()


def test_restart():
    """started again in seconds, and the same"""
    before = {address: e.raw for address, e in hosts['a'].elements(dvcid=True).items()}
    target = hosts['a'].target
    hosts['a'].close()
    assert timed('stop', 20, server.stop)
    timed('start', 30, server.start)
    hosts['a'] = Host(server, 'host-a', (0,), target)
    equal({address: e.raw for address, e in hosts['a'].elements(dvcid=True).items()}, before)


def test_end():
    """the daemon ends well"""
    assert server.stop()


tap.run(tap.tests_of(globals()))
