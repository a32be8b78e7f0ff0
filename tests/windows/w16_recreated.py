# SPDX-License-Identifier: Apache-2.0
"""W16 library re-created over the same catalog"""
import json
import os
import shutil

import w04_enumeration
import w25_changer
from host import *
from place import Place


def where(host):
    """Barcodes by element address, of all libraries."""
    return {library: w25_changer.barcodes(host.changer(library)) for library in host.place.libraries()}


def test_catalog_lost(place):
    """the catalog is lost: identity.json and the cartridges' labels give back names, addresses and barcodes"""
    with Host(place).attach_all() as a:
        before = a.idents(), w25_changer.triples(a), where(a)
    place.restart(gap=lambda: shutil.rmtree(os.path.join(place.state, 'catalog')))
    refused = None
    try:
        Host(place).discover()
    except LoginRefused as e:
        refused = e.status
    equal(refused, 0x0202, 'the rules are lost with it: nobody may log in')
    place.admitted = None
    place.let_in()
    with Host(place).attach_all() as a:
        equal((a.idents(), w25_changer.triples(a), where(a)), before)


def test_new_host(place):
    """exported, and imported into an empty installation: hosts see the same devices"""
    path = os.path.join(place.state, 'exported.json')
    place.evertape('identity', 'export', path, '--force')
    with open(path) as f:
        document = json.load(f)
    os.unlink(path)
    place.restart(gap=lambda: moved(place, document))


def moved(place, document):
    # The old host is off: the ids of its libraries are as they were.
    with Place(place.layout, document, tapes=False) as other, Host(other).attach_all() as a:
        for library in other.libraries():
            w04_enumeration.sweep(a, library)


def test_from_scratch(place):
    """a library made anew shares no name with the old one"""
    with Place(place.layout, {**place.identity, 'libraries': []}, tapes=False) as other:
        other.evertape('library', 'create', 'stk', '--drives', '4', '--layout', place.layout)
        exported = os.path.join(other.state, 'exported.json')
        other.evertape('identity', 'export', exported)
        with open(exported) as f:
            new = json.load(f)['libraries'][0]
    old = place.library()
    for names in (lambda lib: {d['serial'] for d in lib['drives']} | {lib['changer']['serial']},
                  lambda lib: {d['naa'] for d in lib['drives']} | {lib['changer']['naa']},
                  lambda lib: {d['target'] for d in lib['drives']} | {lib['target']}):
        equal(names(old) & names(new), set())
