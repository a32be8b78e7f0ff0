# SPDX-License-Identifier: Apache-2.0
"""W04 enumeration sweep"""
import json

from host import *
from place import KEPT, gold

REPORT_LUNS_16, REPORT_LUNS = 'a0 00 00 00 00 00 00 00 00 10 00 00', 'a0 00 00 00 00 00 00 00 10 00 00 00'


def sweep(host, library):
    """All requests of a port driver, compared with the golden bytes."""
    tag = f' [{host.place.layout}]'
    for unit in host.of(library):
        luns(host, unit, library)
        gold.check(library, f'{unit.role}, {REPORT_LUNS}{tag}', unit.good(REPORT_LUNS))
        gold.check(library, f'{unit.role}, LUN{tag}', [str(unit.lun)])
        for cdb, answer in unit.ident().items():
            gold.check(library, f'{unit.role}, {cdb}' + (tag if cdb[3:8] == '01 83' else ''), answer)


def luns(host, unit, library):
    short, whole = unit(REPORT_LUNS_16), unit(REPORT_LUNS)
    equal((short.status, short.data), (0, whole.data[:16]), 'a short REPORT LUNS')
    wanted = sorted(lun for _, target, lun in host.place.devices(library) if target == unit.session.target)
    equal(wanted[0], 0, 'LUN 0')
    equal(whole.data, struct.pack('>I4x', 8 * len(wanted)) + b''.join(lun_bytes(lun) for lun in wanted))
    equal((short.residual, whole.residual), (16 - len(short.data), 4096 - len(whole.data)))


def test_identities(place):
    """REPORT LUNS and all INQUIRY data of every personality are the golden bytes"""
    asked = [device['personality'] for library in place.identity['libraries']
             for device in library['drives'] + [library['changer']]]
    known = [p['name'] for p in json.loads(place.evertape('--json', 'library', 'personalities'))['personalities']]
    equal(set(known) | {KEPT}, set(asked), 'personalities in identity.json')
    with Host(place).attach_all() as a:
        for library in place.libraries():
            sweep(a, library)


def test_absent(place):
    """an absent LUN: 7Fh and GOOD to INQUIRY, 05/25/00 to the rest"""
    with Host(place).attach() as a:
        there = {lun for _, target, lun in place.devices() if target == a.changer().session.target}
        for lun in set(range(1, 8)) | {200}:
            unit = Unit(a.changer().session, lun, lun)
            if lun in there:
                equal(unit.inquiry()[0], 1)
                continue
            equal(unit.good('12 00 00 00 24 00')[0], 0x7f)
            unit.fails((5, 0x25, 0), TUR)
            unit.fails((5, 0x25, 0), '1a 08 10 00 14 00')


def test_residuals(place):
    """for each allocation length, U and the residual count are right"""
    with Host(place).attach() as a:
        for unit in a.of():
            whole = len(unit.inquiry())
            for alloc in (0, 1, 5, 36, whole, whole + 1, 255):
                r = unit(f'12 00 00 {alloc:04x} 00')
                wanted = (0, min(alloc, whole), max(0, alloc - whole))
                equal((r.status, len(r.data), r.residual), wanted, f'{alloc} bytes')
            equal(unit.good('12 00 00 00 05 00'), unit.inquiry()[:5])


def test_disturbs_nothing(place):
    """INQUIRY, REPORT LUNS and REQUEST SENSE do not end with a unit attention, and only the last one clears it"""
    with Host(place).attach(take=False) as a:
        for unit in a.of():
            unit.ident()
            unit.good(REPORT_LUNS)
            sense = unit.good(REQUEST_SENSE)
            equal((sense[0], sense[2] & 15, sense[12]), (0x70, 6, 0x29))
            equal(unit.tur(), 'good')
