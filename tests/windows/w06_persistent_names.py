# SPDX-License-Identifier: Apache-2.0
"""W06 persistent name key"""
from host import *


def table(place):
    """The two registry keys of server win-a, filled at its first boot with this library."""
    if not hasattr(place, 'registry'):
        place.registry = {'drive': Persistence(), 'changer': Persistence()}
        with Host(place).attach_all() as a:
            place.numbers = numbers(place, a)
    return place.numbers


def numbers(place, host):
    found = {}
    for key in ('drive', 'changer'):
        units = [unit for unit in host.units.values() if bool(unit.drive) == (key == 'drive')]
        found.update(place.registry[key].scan(units))
    return found


def still(place):
    """After a boot, every device has the number it always had."""
    before = table(place)
    with Host(place).attach_all() as a:
        equal(numbers(place, a), before, 'numbers in Control\\Tape and Control\\MChgr')


def test_distinct(place):
    """every key is vendor 8, product 16, serial 10 without padding, and no two are the same"""
    with Host(place).attach_all() as a:
        uids = [unit.uid() for unit in a.units.values()]
        equal(len(set(uids)), len(uids))
        for uid in uids:
            equal(len(uid), 34)
            assert uid[24:].isalnum() and uid[24:].isupper(), uid


def test_changes(place):
    """the same after a restart, a kill, another option, as another initiator"""
    still(place)
    with Host(place).attach_all() as a, Host(place, 'win-b', 1).attach_all() as b:
        before = {key: unit.uid() for key, unit in a.units.items()}
        equal({key: unit.uid() for key, unit in b.units.items()}, before)
    for how, settings in (('stop', {}), ('kill', {'ping': 30, 'workers': 1}), ('stop', {'workers': 2})):
        place.settings = settings
        place.restart(how)
        with Host(place).attach_all() as a:
            equal({key: unit.uid() for key, unit in a.units.items()}, before, f'{how}, {settings}')
        still(place)
    place.settings = {'workers': 0}
    place.restart()


def test_numbers(place):
    """numbers count down from 2147483646, in order of arrival, once and for all"""
    table(place)
    drives = place.registry['drive']
    equal(sorted(drives.entries.values()), [2147483646 - n for n in range(len(drives.entries))][::-1])
    with Host(place) as a:
        for library in place.libraries()[::-1]:
            a.attach(library)
        equal(numbers(place, a), place.numbers, 'numbers after arrival in the other order')
