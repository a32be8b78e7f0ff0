# SPDX-License-Identifier: Apache-2.0
"""Mutation check

Golden bytes that nothing compares prove nothing: an identity with one byte changed must fail in the scenarios
that look at identities.  Six libraries are changed at a time, each in one byte.
"""
import copy

import w04_enumeration
import w25_changer
from host import *
from place import BLESS, ONE_TARGET, Place, gold


def flip(text, at=-1):
    at %= len(text)
    return text[:at] + ('8' if text[at] != '8' else '9') + text[at + 1:]


def of_changer(key, at=-1):
    return f'changer, {key}', lambda library: library['changer'].update({key: flip(library['changer'][key], at)})


def of_drive(key, at=-1):
    drive = -1  # the last one: the first may be special

    def change(library):
        library['drives'][drive][key] = flip(library['drives'][drive][key], at)
    return f'drive, {key}', change


def next_lun(library):
    library['drives'][-1]['lun'] += 1


def element_address(library):
    library['first_element']['drive'] += 1
    for drive in library['drives']:
        drive['element'] += 1


def first(kind):
    return f'first {kind}', lambda library: library['first_element'].update({kind: library['first_element'][kind] + 1})


def number(key):
    return key, lambda library: library.update({key: library[key] + 1})


MUTATIONS = [
    *[of_changer(key) for key in ('serial', 'naa', 'vendor', 'product', 'revision')], of_changer('serial', 0),
    *[of_drive(key) for key in ('serial', 'naa', 'vendor', 'product', 'revision')], of_drive('serial', 0),
    of_drive('naa', 1), of_drive('target'), ('target', lambda library: library.update(target=flip(library['target']))),
    number('tpgt'), number('relative_port'), ('element addresses of drives', element_address),
    first('slot'), first('mailslot'), ('number of slots', lambda library: library.update(slots=library['slots'] + 1)),
    ('LUN', next_lun),
]
# What cannot be seen in a layout: targets of drives in one, LUNs in the other.
UNSEEN = {ONE_TARGET: {'drive, target'}, 'target-per-device': {'LUN'}}


def identities(host, library):
    """The golden comparisons of W04, W05 and W25 that need no tape."""
    w04_enumeration.sweep(host, library)
    for unit in host.of(library):
        gold.check(library, f'{unit.role}, hardware IDs', unit.hardware_ids())
    w25_changer.mapping(host, library)
    for cdb in w25_changer.MODE_PAGES:
        gold.check(library, f'changer, {cdb}', host.changer(library).good(cdb))


def judged(place, mutations):
    """{comparison: None or its message}, one library each."""
    document, found = copy.deepcopy(place.identity), {}
    for library, (_, change) in zip(document['libraries'], mutations):
        change(library)
    with Place(place.layout, document, tapes=False) as other, Host(other) as a:
        for library, (what, _) in zip(other.libraries(), mutations):
            try:
                identities(a.attach(library), library)
                found[what] = None
            except AssertionError as e:
                found[what] = str(e)
    return found


def test_control(place):
    """the identity as it is passes"""
    equal(judged(place, [(library, lambda _: None) for library in place.libraries()]),
          {library: None for library in place.libraries()})


def test_mutations(place):
    """every single byte changed is noticed: serial, texts, NAA, LUN, addresses, names, port numbers"""
    if BLESS:
        return
    todo = [m for m in MUTATIONS if m[0] not in UNSEEN[place.layout]]
    for at in range(0, len(todo), 6):
        for what, complaint in judged(place, todo[at:at + 6]).items():
            assert complaint, f'{what}: nobody noticed'
