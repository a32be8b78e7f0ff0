# SPDX-License-Identifier: Apache-2.0
"""W15 remove a drive from the middle"""
import w25_changer
from host import *
from place import ONE_TARGET


def test_remove(place):
    """LUN 2 of 4: absent for INQUIRY and all other commands; LUNs 3 and 4 stay; added again it has its old names"""
    with Host(place).attach() as a:
        before, numbers = a.idents(), w25_changer.triples(a)
        barcode = place.show(2)['barcode']
        place.evertape('drive', 'unload', '2', '--library', 'stk', '--force')
        place.evertape('drive', 'remove', '2', '--library', 'stk', '--force')
        try:
            a.vanish()
            if place.layout == ONE_TARGET:
                gone = Unit(a.session(place.library()['target']).login(), 2, 2)
                equal(gone.good('12 00 00 00 24 00')[0], 0x7f)
                gone.fails((5, 0x25, 0), TUR)
                gone.session.close()
            else:
                try:
                    a.session(place.drives()[1]['target']).login()
                    raise AssertionError('its target is still there')
                except LoginRefused as e:
                    assert e.status in (0x0203, 0x0204), f'{e.status:04x}'
            place.drives()[1]['installed'] = False
            with Host(place).attach() as left:
                equal(left.idents(), {k: v for k, v in before.items() if k != ('stk', 2)}, 'the others')
                serial = place.drives()[1]['serial']
                equal(w25_changer.triples(left), {k: v for k, v in numbers.items() if k != serial})
        finally:
            place.drives()[1]['installed'] = True
            place.evertape('drive', 'add', '--number', '2', '--library', 'stk')
            place.evertape('drive', 'load', '2', barcode, '--library', 'stk')
    with Host(place).attach() as a:
        equal((a.idents(), w25_changer.triples(a)), (before, numbers))
