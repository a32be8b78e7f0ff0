# SPDX-License-Identifier: Apache-2.0
"""W17 missing or duplicate serial"""
import copy
import json
import os
import shutil
import subprocess
import tempfile

from daemon import BUILD
from host import *
from place import Place


def changed(place, edit):
    document = copy.deepcopy(place.identity)
    edit(document['libraries'][0])
    return document


def both(library):
    library['drives'][1]['serial'] = library['drives'][0]['serial']


def like_changer(library):
    library['drives'][2]['serial'] = library['changer']['serial']


def across(library):
    library['drives'][3]['serial'] = 'MSL000D001'


def serial(text):
    return lambda library: library['drives'][0].update(serial=text)


# What is wrong, the edit of the first library, what the refusal must name.
WRONG = [
    ('empty', serial(''), ['stk drive:1']),
    ('missing', lambda library: library['drives'][0].pop('serial'), ['stk', 'serial']),
    ('a space', serial('STK000 001'), ['stk drive:1']),
    ('padding', serial('STK000D1  '), ['stk drive:1']),
    ('a NUL', serial('STK000\0001'), []),
    ('not ASCII', serial('STK000Ä001'), ['stk']),
    ('lower case', serial('stk000d001'), ['stk drive:1']),
    ('too short', serial('STK000D01'), ['stk drive:1']),
    ('too long', serial('STK000D0001'), ['stk']),
    ('two drives with one', both, ['stk drive:1', 'stk drive:2']),
    ("a drive with the changer's", like_changer, ['stk drive:3', 'stk changer']),
    ('two drives of two libraries with one', across, ['stk drive:4', 'msl drive:1']),
    ('one NAA twice', lambda library: library['drives'][0].update(naa=library['changer']['naa']),
     ['stk drive:1', 'stk changer']),
    ('one LUN twice', lambda library: library['drives'][0].update(lun=2), ['stk drive:1', 'stk drive:2']),
]


def test_import(place):
    """an identity file with a serial missing, malformed or twice is refused, by name, and nothing is served"""
    with Place(place.layout, {**place.identity, 'libraries': []}, tapes=False) as other:
        path = os.path.join(other.state, 'wrong.json')
        for what, edit, names in WRONG:
            with open(path, 'w') as f:
                json.dump(changed(place, edit), f)
            said = other.refused('identity', 'import', path)
            assert all(name in said for name in names), f'{what}: {said}'
            equal(json.loads(other.evertape('--json', 'library', 'list'))['libraries'], [], what)
        equal(Host(other).discover(), {}, 'targets')


def start(state):
    """A daemon that must refuse to start: its message."""
    done = subprocess.run([str(BUILD / 'evertaped'), '--state', state, '--listen', '127.0.0.1:0'], text=True,
                          capture_output=True, timeout=60)
    equal(done.returncode, 1, done.stderr)
    assert 'ready' not in done.stderr.split('\n'), done.stderr
    return done.stderr


def test_start(place):
    """a state directory whose only identity is wrong is refused at the start, both devices named"""
    for what, edit, names in WRONG:
        state = tempfile.mkdtemp(prefix='evertape-windows-')
        try:
            document = changed(place, edit)
            for library in document['libraries']:
                library['id'] = library['changer']['id']
            with open(os.path.join(state, 'identity.json'), 'w') as f:
                json.dump(document, f)
            said = start(state)
            assert all(name in said for name in names), f'{what}: {said}'
        finally:
            shutil.rmtree(state)


def test_copied(place):
    """a copy of a state directory in use is refused"""
    state = tempfile.mkdtemp(prefix='evertape-windows-')
    try:
        for name in ('catalog', 'identity.json'):
            source = os.path.join(place.state, name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, os.path.join(state, name))
        said = start(state)
        assert 'stk' in said and str(place.process.pid) in said, said
    finally:
        shutil.rmtree(state)


def test_good(place):
    """a serial has 10 bytes in VPD 80h, no padding"""
    with Host(place).attach_all() as a:
        for (library, drive), unit in a.units.items():
            device = place.drives(library)[drive - 1] if drive else place.library(library)['changer']
            equal(unit.good('12 01 80 00 ff 00')[1:], b'\x80\0\x0a' + device['serial'].encode())
