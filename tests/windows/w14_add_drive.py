# SPDX-License-Identifier: Apache-2.0
"""W14 add a drive"""
import w25_changer
from host import *
from place import ONE_TARGET
from w04_enumeration import REPORT_LUNS


def test_add(place):
    """on line: lowest LUN never used, own serial; 3F/0E once per nexus and nothing else; old drives unchanged"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        before, numbers = a.idents(), w25_changer.triples(a)
        equal(place.add_drive(), 5)
        try:
            # A asks unit after unit; B first asks for the LUNs, and knows.  A target of its own is no news for others.
            first = [unit(TUR) for unit in a.of()]
            news = [LUNS_CHANGED] if place.layout == ONE_TARGET else []
            equal([r.key for r in first if r.status], news, 'news to A')
            equal([unit.attentions() for unit in a.of()], [[]] * 5)
            b.changer().good(REPORT_LUNS)
            equal([unit.attentions() for unit in b.of()], [[]] * 5, 'after REPORT LUNS')
            equal(a.idents(), before, 'the other drives')

            shown = place.show(5)
            equal((shown['lun'], shown['address']), (5 if place.layout == ONE_TARGET else 0, 504), 'LUN and element')
            session = a.changer().session if place.layout == ONE_TARGET else a.session(shown['target']).login()
            unit = Unit(session, shown['lun'], 5)
            assert unit.serial() not in {x['12 01 80 00 ff 00'][4:] for x in before.values()}
            now = w25_changer.triples(a)
            equal({k: v for k, v in now.items() if k in numbers}, numbers, 'element addresses by serial')
            equal(now[unit.serial().decode()], 504)
        finally:
            place.evertape('drive', 'remove', '5', '--library', 'stk', '--force')
        equal(a.idents(), before)
