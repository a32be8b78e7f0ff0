# SPDX-License-Identifier: Apache-2.0
"""What programs keep in a cartridge's memory goes where the cartridge goes: to another library, and through the loss of the catalog."""
import os
import re
import shutil

from scene import *

server = Server()
HOST = {0x0800: (b'Proxmox ', 1), 0x0801: (b'Proxmox Backup Server'.ljust(32), 1), 0x0803: (b'tape-1'.ljust(160), 2),
        0x0806: (b'PDU001L8'.ljust(32), 1), 0x0808: (b'pool'.ljust(160), 2), 0x080c: (bytes(range(70)), 0), 0x1623: (b'\0', 0)}
DRIVES_OWN = (0x0003, 0x0009, 0x0220, 0x0221, 0x0401, 0x0406, 0x1000)
BLOCK = 256 << 10


def stored(drive):
    found = drive.attributes()
    return {id: found.get(id) for id in HOST}


def target_of(library):
    return re.search(r'iqn\.[^\s,"]+', server.evertape('--json', 'library', 'show', library))[0]


def test_another_library():
    """export, import into another library, load there: the host's attributes, the cartridge's counters and the data are the same"""
    server.evertape('library', 'create', 'other', '--drives', '1', '--slots', '4')
    path = os.path.join(server.state, 'moving.evtape')
    with Client(server, 'mover') as c:
        drive = c.drive()
        drive.write(b'm' * BLOCK)
        drive.good(MARK)
        for id, (value, form) in HOST.items():
            drive.store(id, value, form)
        before = drive.attributes()
        equal(stored(drive), {id: value for id, (value, _) in HOST.items()})
    server.evertape('drive', 'unload', '1', '--force', '--library', 'test')
    server.evertape('cartridge', 'export', 'PDU001L8', path, '--library', 'test')
    server.evertape('cartridge', 'delete', 'PDU001L8', '--force', '--library', 'test')
    server.evertape('cartridge', 'import', path, '--library', 'other')
    server.evertape('drive', 'load', '1', 'PDU001L8', '--library', 'other')
    with Client(server, 'mover', target=target_of('other'), luns=(0, 1)) as c:
        drive = c.drive()
        equal(stored(drive), {id: value for id, (value, _) in HOST.items()})
        after = drive.attributes()
        equal(after[0x0401], before[0x0401], 'serial number of the cartridge')
        equal(n(after[0x0003], 0, 8), n(before[0x0003], 0, 8) + 1, 'load count')
        equal(after[0x0009], before[0x0009], 'volume change reference')
        assert after[0x020a] != before[0x020a] and after[0x020b] == before[0x020a], 'drives of the last loads'
        drive.good(REWIND)
        drive.gives(b'm' * BLOCK)


def test_lost_catalog():
    """the catalog is gone: the cartridge and all of its memory are there after the start, in the library where it was"""
    with Client(server, 'mover', target=target_of('other'), luns=(0, 1)) as c:
        before = c.drive().attributes()
    assert server.stop()
    shutil.rmtree(os.path.join(server.state, 'catalog'))
    server.admitted = None
    server.start()
    with Client(server, 'mover', target=target_of('other'), luns=(0, 1)) as c:
        drive = c.drive()
        if drive(TUR).status:
            server.evertape('drive', 'load', '1', 'PDU001L8', '--library', 'other')
            drive.ready()
        after = drive.attributes()
        equal(stored(drive), {id: value for id, (value, _) in HOST.items()})
        for id in DRIVES_OWN[1:]:
            equal(after[id], before[id], f'{id:04x}')
        drive.good(REWIND)
        drive.gives(b'm' * BLOCK)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
