# SPDX-License-Identifier: Apache-2.0
"""W07 device unique id"""
from host import *
from place import LAYOUTS


def test_unique(place):
    """what a multipath driver selects of VPD 83h is unique for each unit, from every initiator and through every portal"""
    picked = []
    for name, address in (('win-a', place.portals[0]), ('win-b', place.portals[0]), ('win-a', place.portals[1])):
        with Host(place, name).attach_all(address=address) as host:
            picked.append({key: unit.duid() for key, unit in host.units.items()})
    equal(picked[1], picked[0], 'as the other initiator')
    equal(picked[2], picked[0], 'through the other portal')
    equal(len(set(picked[0].values())), len(picked[0]))


def test_form(place):
    """first T10 with the serial of VPD 80h, then NAA type 3; ports only differ by port"""
    with Host(place).attach_all() as a:
        for key, unit in a.units.items():
            own = [(kind, data) for where, kind, data in unit.designators() if where == 0]
            ports = [(where, kind, data) for where, kind, data in unit.designators() if where]
            equal([kind for kind, _ in own], [1, 3], str(key))
            equal(own[0][1], unit.uid(), str(key))
            equal(own[1][1][0] >> 4, 3, str(key))
            name = unit.session.target.encode() + b',t,0x0001'
            equal(ports, [(1, 4, b'\0\0\0\1'), (1, 8, name + bytes(4 - len(name) % 4))], str(key))


def test_layout(place):
    """in the other layout: the same DUIDs, persistent name keys and hardware IDs"""
    def names():
        with Host(place).attach() as a:
            return [(unit.drive, unit.duid(), unit.uid(), unit.hardware_ids()) for unit in a.of()]
    before, layout = names(), place.layout
    place.layout = next(other for other in LAYOUTS if other != layout)
    try:
        place.evertape('library', 'layout', place.layout, '--library', MAIN, '--force')
        equal(names(), before)
    finally:
        place.layout = layout
        place.evertape('library', 'layout', layout, '--library', MAIN, '--force')
    equal(names(), before)
