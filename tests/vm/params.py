#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Turns what `library show --json` says into shell variables for the guest.
#   params.py LIBRARY.json PORT
import json
import sys

library = json.load(open(sys.argv[1]))
drives = library['drives']
shelf = {e['element']: e['barcode'] for e in library['elements']}
print(f'PORT={sys.argv[2]}')
print(f"TARGET={library['target']}")
print(f"TPGT={library['tpgt']}")
changer = library['changer']
print(f"CHANGER_SERIAL={changer['serial']}")
print(f"CHANGER_NAME='{changer['vendor']:<8} {changer['product']}'")
print(f"DRIVE_NAME='{drives[0]['vendor']:<8} {drives[0]['product']}'")
for drive in drives:
    print(f"DRIVE_SERIAL_{drive['number']}={drive['serial']}")
for kind in library['element_kinds']:
    print(f"FIRST_{kind['kind'].upper()}={kind['first_address']}")
for n in range(1, 100):
    if shelf.get(f'slot:{n}'):
        print(f"BARCODE_{n}={shelf[f'slot:{n}']}")
