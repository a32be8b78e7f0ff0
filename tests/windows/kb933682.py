# SPDX-License-Identifier: Apache-2.0
"""KB 933682 the inquiry string a driver is found by

ltotape.sys takes a drive whose hardware ID stands in its INF; a backup program takes a changer whose inquiry
string stands in its table.  So these texts are the same for ever: golden files made once, compared after every
start, kill and upgrade of the program (the golden files are older than any build that is tested against them).
"""
import json

import w05_hardware_ids
from host import *
from place import KEPT, Place, gold
from w25_changer import MODE_PAGES

ADDRESSES = MODE_PAGES[0]


def test_golden(place):
    """hardware IDs of all drives and changers, before and after the program is started anew"""
    w05_hardware_ids.test_hardware_ids(place)
    for how in ('stop', 'kill'):
        place.restart(how)
        w05_hardware_ids.test_hardware_ids(place)


def test_inquiry(place):
    """the revision is the personality's, not the program's version"""
    with Host(place).attach_all() as a:
        for (library, drive), unit in a.units.items():
            device = place.drives(library)[drive - 1] if drive else place.library(library)['changer']
            equal(unit.inquiry()[32:36].decode(), device['revision'])
            gold.check(library, f'{unit.role}, 12 00 00 00 24 00', unit.good('12 00 00 00 24 00'))
            assert unit.hardware_ids()[0].endswith(device['revision'].replace(' ', '_'))


def test_made_today(place):
    """libraries and drives made today, of every personality, have the texts and element addresses of the golden ones"""
    with Place(place.layout, {**place.identity, 'libraries': []}, tapes=False) as other:
        for library in place.identity['libraries']:
            name, drives = library['name'], place.drives(library['name'])
            other.evertape('library', 'create', name, '--drives', '0', '--slots', str(library['slots']), '--changer',
                           library['changer']['personality'], '--layout', place.layout)
            for drive in drives:
                if drive['personality'] == KEPT:
                    assert 'use HP Ultrium 7-SCSI' in other.refused('drive', 'add', KEPT, '--library', name)
                else:
                    other.evertape('drive', 'add', drive['personality'], '--library', name)
        other.identity = json.loads(other.evertape('--json', 'identity', 'show'))
        with Host(other).attach_all() as a:
            for library in place.identity['libraries']:
                for unit in a.of(library['name']):
                    gold.check(library['name'], f'{unit.role}, hardware IDs', unit.hardware_ids())
                new = other.library(library['name'])
                equal(new['first_element'], library['first_element'], library['name'])
                equal([d['element'] for d in new['drives']],
                      [d['element'] for d in library['drives'] if d['personality'] != KEPT])
                if len(new['drives']) == len(library['drives']):  # the page counts drives
                    gold.check(library['name'], f'changer, {ADDRESSES}', a.changer(library['name']).good(ADDRESSES))


def test_added_today(place):
    """a drive added beside old ones answers as they do"""
    number = place.add_drive()
    try:
        shown = place.show(number)
        with Host(place).attach() as a:
            unit = Unit(a.session(shown['target']).login(), shown['lun'], number)
            gold.check('stk', 'drive 1, hardware IDs', unit.hardware_ids())
            gold.check('stk', 'drive 1, 12 00 00 00 fc 00', unit.good('12 00 00 00 fc 00'))
            unit.session.close()
    finally:
        place.evertape('drive', 'remove', str(number), '--library', 'stk', '--force')
