# SPDX-License-Identifier: Apache-2.0
"""W12 portal change"""
from host import *
from place import free_port


def test_portals(place):
    """another port, another address, two portals, IPv6: only the portal in SendTargets is another"""
    before = place.listen
    with Host(place).attach_all() as a:
        idents, targets = a.idents(), set(a.discover())
    port = free_port()
    try:
        for listen in ([f'127.0.0.1:{port}'], [f'127.0.0.2:{port}'], [f'[::1]:{port}'],
                       [f'127.0.0.1:{port}', f'127.0.0.3:{port}', f'[::1]:{port}']):
            place.restart(listen=listen)
            for address in place.portals:
                with Host(place).attach_all(address=address) as a:
                    equal(a.idents(), idents, f'through {address}')
                    found = a.discover(address)
                equal(set(found), targets)
                for name, portals in found.items():
                    equal(sorted(portals), sorted(f'{p},1' for p in listen), f'addresses and TPGT of {name}')
    finally:
        place.restart(listen=before)
