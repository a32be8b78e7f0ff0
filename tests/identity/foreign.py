# SPDX-License-Identifier: Apache-2.0
"""A passport of another vendor's changer: refused commands, wrong answers, lost connections; it has what could be read, and nothing hangs."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from foreign_target import (DIE, DRIVE, ELEMENTS, HANG_UP, INQUIRY, MAILSLOT, MODE_SENSE, MUTE, READ_ELEMENT_STATUS,
                            REPORT_LUNS, SLOT, Foreign, Overrun, Refuse, asked, elements, manners)

BUILD = pathlib.Path(sys.argv[1]).resolve()
PATIENCE = 60


def passport(target, *words):
    began = time.monotonic()
    done = subprocess.run([str(BUILD / 'evertape'), *words[:-1], 'passport', words[-1], target.portal], text=True,
                          capture_output=True, timeout=PATIENCE)
    done.took = time.monotonic() - began
    return done


def shown(answer, **how):
    """The passport as JSON, and the CDBs it took."""
    with Foreign(answer, **how) as target:
        done = passport(target, '--json', 'show')
        tap.equal(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        tap.equal(len(seen['targets']), 1)
        return seen, target


def changer(seen):
    return next(u for u in seen['targets'][0]['units'] if u.get('type') == 'changer')


def addresses(unit):
    return sorted(e['address'] for e in unit.get('elements', []))


ALL = sorted(a for many in ELEMENTS.values() for a in many)
SERIALS = {500: 'TAPE000001', 501: 'TAPE000002'}


def named(unit):
    """The drive elements and the serials they end with."""
    return {e['address']: e['id_text'][-10:] for e in unit['elements'] if e['type'] == 'drive' and 'id' in e}


def on_elements(reply, when=lambda kind, tags, ids: True):
    """An answer to READ ELEMENT STATUS alone; reply may be a function of the CDB."""
    def answer(cdb, lun):
        if cdb[0] != READ_ELEMENT_STATUS:
            return None
        kind, _, _, tags, ids, _ = asked(cdb)
        if not when(kind, tags, ids):
            return None
        return reply(cdb) if callable(reply) else reply
    return answer


def with_ids(kind, tags, ids):
    return ids


def changed(edit):
    """The right report with some wrong bytes."""
    def reply(cdb):
        data = bytearray(elements(cdb))
        edit(data)
        return bytes(data)
    return reply


# --- well-behaved ---

def test_as_hosts_ask():
    """elements are read as hosts do: by type, identifiers only for drives, with matching lengths"""
    seen, target = shown(lambda cdb, lun: None)
    unit = changer(seen)
    tap.equal(addresses(unit), ALL)
    tap.equal(named(unit), SERIALS)
    tap.equal(seen['advice'], [])
    kinds = []
    for (_, cdb), length in zip(target.cdbs, target.lengths):
        if cdb[0] == READ_ELEMENT_STATUS:
            kind, start, number, tags, ids, size = asked(cdb)
            kinds.append(kind)
            tap.equal((start, number, tags, ids), (0, 0xffff, True, kind == DRIVE), f'type {kind}')
            tap.equal(length, size, 'expected data transfer length')
            tap.equal((cdb[1] & 0xe0, cdb[6] & 0xfe, cdb[10:12]), (0, 0, b'\0\0'), 'reserved bits and CURDATA')
    tap.equal(kinds, [1, 2, 3, 4])


def test_large():
    """a report longer than the first allocation length is read again with the full length"""
    many = {**ELEMENTS, SLOT: list(range(1000, 4000))}
    seen, target = shown(on_elements(lambda cdb: elements(cdb, many)))
    tap.equal(len(changer(seen)['elements']), 3000 + len(ALL) - 3)
    sizes = [asked(cdb)[5] for _, cdb in target.cdbs if cdb[0] == READ_ELEMENT_STATUS and asked(cdb)[0] == SLOT]
    tap.equal([size >= 3000 * 48 for size in sizes], [False, True])


def test_large_refused():
    """a changer that does not return a long report: what it returned is shown, with a note that more exists"""
    many = {**ELEMENTS, SLOT: list(range(1000, 4000))}
    seen, _ = shown(on_elements(lambda cdb: Refuse() if asked(cdb)[5] > 4096 else elements(cdb, many)))
    unit = changer(seen)
    assert 50 < len(unit['elements']) < 100, len(unit['elements'])
    assert 'slot' in unit['elements_unread'], unit


# --- refusals ---

def told(unit, advice, word):
    assert any(word in line and 'mapped by hand' in line for line in advice), advice
    assert any(word in text for text in [unit.get('drives_unnamed', ''), *unit.get('elements_unread', {}).values()]), unit


def test_identifiers_refused():
    """DVCID refused: all elements are shown, with one note about the drives"""
    seen, _ = shown(on_elements(Refuse(), with_ids))
    tap.equal(addresses(changer(seen)), ALL)
    tap.equal(named(changer(seen)), {})
    told(changer(seen), seen['advice'], '24h/00h')
    tap.equal(len(seen['advice']), 1, seen['advice'])


def test_tags_refused():
    """VOLTAG refused: identifiers are shown"""
    seen, _ = shown(on_elements(Refuse(), lambda kind, tags, ids: tags))
    tap.equal(addresses(changer(seen)), ALL)
    tap.equal(named(changer(seen)), SERIALS)
    tap.equal(seen['advice'], [])


def test_exact_numbers():
    """a changer that accepts only the element counts of its mode page"""
    def reply(cdb):
        kind, start, number, _, _, _ = asked(cdb)
        there = ELEMENTS[kind]
        return elements(cdb) if (start, number) == (there[0], len(there)) else Refuse()
    seen, _ = shown(on_elements(reply))
    tap.equal(addresses(changer(seen)), ALL)
    tap.equal(named(changer(seen)), SERIALS)


def test_no_mail_slots():
    """an element type that is refused because there are no such elements is not reported"""
    def answer(cdb, lun):
        if cdb[0] == MODE_SENSE:
            data = bytearray(manners(cdb, lun))
            data[14:18] = bytes(4)
            return bytes(data)
        return on_elements(Refuse(5, 0x21, 1), lambda kind, tags, ids: kind == MAILSLOT)(cdb, lun)
    seen, _ = shown(answer)
    tap.equal(addresses(changer(seen)), [a for a in ALL if a != 800])
    assert 'elements_unread' not in changer(seen), changer(seen)
    tap.equal(seen['advice'], [])


def test_elements_refused():
    """no element could be read: everything else is shown"""
    for sense, word in [((5, 0x20), '20h/00h'), ((2, 4, 1), '04h/01h')]:
        seen, _ = shown(on_elements(Refuse(*sense)))
        assert word in changer(seen)['elements_refused'], changer(seen)
        assert any('READ ELEMENT STATUS' in a and 'mapped by hand' in a for a in seen['advice']), seen['advice']
        tap.equal(len(seen['targets'][0]['units']), 3)


# --- lengths ---

def test_ends_early():
    """a report that ends 8 bytes early loses the last drive's identifier alone"""
    seen, _ = shown(on_elements(lambda cdb: elements(cdb)[:-8]))
    tap.equal(addresses(changer(seen)), ALL)
    tap.equal(named(changer(seen)), {500: 'TAPE000001'})
    assert any('drive element 501' in a and 'mapped by hand' in a for a in seen['advice']), seen['advice']


def test_lengths_that_do_not_fit():
    """wrong lengths of all kinds end with a message"""
    def put(at, *values):
        def edit(data):
            data[at:at + len(values)] = bytes(values)
        return changed(edit)
    for what, reply in {
            'report longer': put(5, 0xff, 0xff, 0xff), 'report shorter': put(5, 0, 0, 1),
            'report of nothing': put(5, 0, 0, 0), 'page longer': put(13, 0xff, 0xff, 0xff),
            'descriptor of nothing': put(10, 0, 0), 'descriptor too short': put(10, 0, 11),
            'descriptor longer': put(10, 0xff, 0xff), 'another type': put(8, 9), 'half a header': lambda cdb: b'\0' * 4,
            'nothing': lambda cdb: b'', 'a header alone': lambda cdb: elements(cdb)[:8],
            'noise': lambda cdb: bytes(range(1, 200))}.items():
        seen, _ = shown(on_elements(reply))
        unit = changer(seen)
        assert set(addresses(unit)) <= set(ALL), f'{what}: {addresses(unit)}'
        tap.equal(len(seen['targets'][0]['units']), 3, what)
        # What is missing is said to be, unless the report itself says that there is nothing.
        if what not in ('nothing', 'report of nothing') and addresses(unit) != ALL:
            assert 'elements_unread' in unit or 'elements_refused' in unit, f'{what}: {unit}'


def test_page_longer_is_kept():
    """elements in front of a wrong length are shown"""
    seen, _ = shown(on_elements(changed(lambda data: data.__setitem__(slice(13, 16), b'\xff\xff\xff'))))
    tap.equal(addresses(changer(seen)), ALL)
    assert set(changer(seen)['elements_unread']) == {'transport', 'slot', 'mailslot', 'drive'}


def test_every_type_at_once():
    """a changer that returns all elements for every request: none is shown twice"""
    seen, _ = shown(on_elements(lambda cdb: elements(bytes([cdb[0], cdb[1] & 0xf0]) + cdb[2:])))
    tap.equal(addresses(changer(seen)), ALL)


def test_no_residuals():
    """a target that reports no residual counts"""
    seen, _ = shown(lambda cdb, lun: None, residuals=False)
    tap.equal(addresses(changer(seen)), ALL)
    tap.equal(named(changer(seen)), SERIALS)


def test_more_than_asked():
    """more data than requested: only the connection is lost"""
    seen, _ = shown(on_elements(lambda cdb: Overrun(elements(cdb) + bytes(8192)) if asked(cdb)[5] == 4096 else None))
    tap.equal(addresses(changer(seen)), ALL)


# --- connections ---

def test_hangs_up_on_identifiers():
    """the connection is lost on DVCID: the rest is read over a new one"""
    seen, _ = shown(on_elements(HANG_UP, with_ids))
    tap.equal(addresses(changer(seen)), ALL)
    told(changer(seen), seen['advice'], 'the connection was lost')


def test_mute_on_identifiers():
    """no answer to DVCID: after the timeout the rest is read over a new connection"""
    with Foreign(on_elements(MUTE, with_ids)) as target:
        began = time.monotonic()
        done = subprocess.run([str(BUILD / 'evertape'), '--json', 'passport', 'show', '--timeout', '1', target.portal],
                              text=True, capture_output=True, timeout=PATIENCE)
        tap.equal(done.returncode, 0, done.stderr)
        assert time.monotonic() - began < 30
        told(changer(json.loads(done.stdout)), json.loads(done.stdout)['advice'], 'no answer in time')


def test_hangs_up_on_all_elements():
    """the connection is lost on each READ ELEMENT STATUS: the units are shown"""
    seen, _ = shown(on_elements(HANG_UP))
    assert 'the connection was lost' in changer(seen)['elements_refused'], changer(seen)
    tap.equal(len(seen['targets'][0]['units']), 3)


def test_dies():
    """a target that disappears: exit code 1 soon, one line with the command, and nothing is saved"""
    def on(code, page=None):
        return lambda cdb, lun: DIE if cdb[0] == code and (page is None or cdb[1:3] == bytes([1, page])) else None
    for answer, command in [(on_elements(DIE), 'READ ELEMENT STATUS of transports'),
                            (on_elements(DIE, with_ids), 'READ ELEMENT STATUS of drives with device identifiers (DVCID)'),
                            (on(INQUIRY, 0x83), 'INQUIRY page 83h'), (on(REPORT_LUNS), 'REPORT LUNS')]:
        with Foreign(answer) as target, tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, 'passport')
            done = subprocess.run([str(BUILD / 'evertape'), 'passport', 'save', target.portal, file], text=True,
                                  capture_output=True, timeout=PATIENCE)
            tap.equal(done.returncode, 1, f'{command}: {done.stdout}{done.stderr}')
            assert command in done.stderr and 'cannot log in again' in done.stderr, f'{command}: {done.stderr}'
            tap.equal(done.stderr.count('\n'), 1, done.stderr)
            assert not os.path.exists(file), command


# --- names ---

def names_of(reply, page=None):
    """An answer to one VPD page of the tapes, or to all."""
    return lambda cdb, lun: reply if cdb[0] == INQUIRY and cdb[1] & 1 and lun and page in (None, cdb[2]) else None


def test_names_refused():
    """VPD pages that are refused or end the connection: the other pages and units are shown, with the reason for these"""
    for reply, word in [(Refuse(), '24h/00h'), (HANG_UP, 'the connection was lost'), (bytes(3), 'another page')]:
        for page, other in [(0x80, '83'), (0x83, '80')]:
            seen, _ = shown(names_of(reply, page))
            for unit in seen['targets'][0]['units'][1:]:
                assert word in unit['pages_refused'][f'{page:02x}'], f'{page:02x}: {unit}'
                assert unit['pages'][other] and unit['pages'][f'{page:02x}'] is None, unit
            assert any('LUN 1' in a and f'page {page:02x}h' in a for a in seen['advice']), seen['advice']


def test_page_list_refused():
    """no list of VPD pages: the pages with names are read anyway"""
    seen, _ = shown(names_of(Refuse(), 0))
    tap.equal([u['serial'] for u in seen['targets'][0]['units'][1:]], ['TAPE000001', 'TAPE000002'])
    tap.equal(named(changer(seen)), SERIALS)


def test_short_allocation():
    """a device that uses only one byte of the allocation length"""
    def answer(cdb, lun):
        return (Refuse() if lun == 1 else b'') if cdb[0] == INQUIRY and cdb[3] and lun else None
    seen, _ = shown(answer)
    tap.equal([u['serial'] for u in seen['targets'][0]['units'][1:]], ['TAPE000001', 'TAPE000002'])


def test_report_luns():
    """REPORT LUNS refused, or it ends the connection: the first eight LUNs are tried, as Windows does"""
    for reply in (Refuse(5, 0x20), HANG_UP):
        seen, _ = shown(lambda cdb, lun: reply if cdb[0] == REPORT_LUNS else None)
        tap.equal([u['lun'] for u in seen['targets'][0]['units']], [0, 1, 2])
        tap.equal(seen['targets'][0]['luns'], [0, 1, 2])
        assert any('REPORT LUNS' in a for a in seen['advice']), seen['advice']


# --- comparing ---

def test_compare():
    """what can no longer be read is reported as unknown, not as missing elements or exchanged drives"""
    kinds = {
        'all as before': (lambda cdb, lun: None, []),
        'identifiers refused': (on_elements(Refuse(), with_ids), ['the drive identifiers the changer reports']),
        'slots unread': (on_elements(Refuse(3, 0x11), lambda kind, tags, ids: kind == SLOT),
                         ['the element types the changer reports']),
        'nothing told': (on_elements(Refuse(2, 4)), ['the answer to READ ELEMENT STATUS']),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'passport')
        target = Foreign()
        words = [str(BUILD / 'evertape'), '--json', 'passport']
        tap.equal(subprocess.run(words + ['save', target.portal, file], capture_output=True).returncode, 0)
        for what, (answer, differences) in kinds.items():
            target.answer = answer
            done = subprocess.run(words + ['compare', target.portal, file], text=True, capture_output=True)
            tap.equal([d['what'] for d in json.loads(done.stdout)['differences']], differences, what)
            tap.equal(done.returncode, 1 if differences else 0, what)
        target.die()


def test_words():
    """show reports it in text"""
    for answer in [on_elements(Refuse(), with_ids), on_elements(lambda cdb: elements(cdb)[:-8]), on_elements(HANG_UP),
                   names_of(Refuse())]:
        with Foreign(answer) as target:
            done = passport(target, 'show')
            tap.equal(done.returncode, 0, done.stderr)
            assert 'Warning: ' in done.stdout and 'ROBOT' in done.stdout, done.stdout


tap.run(tap.tests_of(globals()))
