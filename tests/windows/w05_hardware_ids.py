# SPDX-License-Identifier: Apache-2.0
"""W05 inquiry strings and driver match"""
from host import *
from place import gold


def test_hardware_ids(place):
    """hardware IDs computed from INQUIRY are the golden text, for every personality"""
    with Host(place).attach_all() as a:
        for (library, _), unit in a.units.items():
            gold.check(library, f'{unit.role}, hardware IDs', unit.hardware_ids())


def test_by_heart(place):
    """the hardware IDs of well-known devices"""
    with Host(place).attach() as a:
        equal(a.drive().hardware_ids()[1], 'SCSI\\SequentialIBM_____ULT3580-TD8_____')
        equal(a.changer().hardware_ids()[1], 'SCSI\\ChangerSTK_____L700____________')
        equal(a.changer().hardware_ids()[-1], 'ScsiChanger')


def test_form(place):
    """printable, left aligned, padded with spaces; removable; a version from which on DVCID is asked for"""
    with Host(place).attach_all() as a:
        for (library, _), unit in a.units.items():
            data = unit.inquiry()
            where = f'{library} {unit.role}'
            equal(data[0], 0x01 if unit.drive else 0x08, where)
            equal(data[1], 0x80, f'{where}: RMB')
            assert data[2] & 7 >= 3, f'{where}: version {data[2]}'
            equal(data[3] & 15, 2, f'{where}: response format')
            for field in (data[8:16], data[16:32], data[32:36]):
                assert all(0x20 <= b < 0x7f for b in field) and field[0] != 0x20, f'{where}: {field}'
            device = place.library(library)['changer'] if not unit.drive else place.drives(library)[unit.drive - 1]
            equal((data[8:16], data[16:32], data[32:36]), tuple(
                device[k].encode().ljust(n) for k, n in (('vendor', 8), ('product', 16), ('revision', 4))), where)
