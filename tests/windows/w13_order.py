# SPDX-License-Identifier: Apache-2.0
"""W13 drive order changed in the configuration"""
import copy
import json
import os

import w04_enumeration
import w25_changer
from host import *
from place import Place


def permuted(document):
    for library in document['libraries']:
        library['drives'].reverse()
    document['libraries'].reverse()
    return document


def test_import(place):
    """an identity file with libraries and drives in another order gives every LUN its own bytes"""
    with Place(place.layout, permuted(copy.deepcopy(place.identity))) as other:
        with Host(other).attach_all() as a:
            for library in other.libraries():
                w04_enumeration.sweep(a, library)
                w25_changer.inventory(a, library)


def test_file(place):
    """identity.json was edited and the catalog is newer: LUN, serial and element stay together"""
    def edit():
        path = os.path.join(place.state, 'identity.json')
        with open(path) as f:
            document = permuted(json.load(f))
        with open(path, 'w') as f:
            json.dump(document, f)
    with Host(place).attach_all() as a:
        before = a.idents(), w25_changer.triples(a)
    place.restart(gap=edit)
    with Host(place).attach_all() as a:
        equal((a.idents(), w25_changer.triples(a)), before)
