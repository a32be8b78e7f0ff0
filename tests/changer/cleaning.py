# SPDX-License-Identifier: Apache-2.0
"""Cleaning cartridges as a robot brings them: at work, ejected, used up."""
import uuid

from robot import *

server = Server()
server.evertape('drive', 'unload', '1')
server.evertape('cartridge', 'create', 'CLN001CU', 'CLN002L1', 'CLN003CU')
A = Host(server)
DRIVE, USES = 500, 50


def cleanings():
    return int.from_bytes(A.good(1, '4d004c00008002000c00', read=12)[8:], 'big')


def wait_until(key):
    becomes(lambda: A.command(1, TUR).key, key, 'TEST UNIT READY')


def test_clean():
    """the drive cleans, says so, and ejects: then it is empty, and the element full; one use is counted"""
    home = A.where('CLN001CU')[0]
    equal(home.medium, 2)
    A.move(home.address, DRIVE)
    A.fails(1, TUR, CLEANING)
    equal(show(server, 'drive', 'show', '1')['activity'], 'cleaning')
    equal(A.tape_alerts(1), {11})
    wait_until(NO_MEDIUM)
    e = A.elements(DT)[DRIVE]
    equal((e.flags, e.barcode, e.medium, e.source), (FULL | ACCESS, 'CLN001CU', 2, home.address))
    drive = show(server, 'drive', 'show', '1')
    equal((drive['activity'], drive['loaded'], drive['barcode']), ('idle', False, 'CLN001CU'))
    equal(cleanings(), 1)
    A.move(DRIVE, home.address)
    equal(show(server, 'cartridge', 'show', 'CLN001CU')['loads'], 1)
    equal((A.tape_alerts(1), A.tape_alerts(0)), (set(), set()))


def test_hurry():
    """a robot that takes it while it cleans waits, and has it then"""
    home = A.where('CLN001CU')[0].address
    A.move(home, DRIVE)
    began = time.monotonic()
    A.move(DRIVE, home)
    assert 1 < time.monotonic() - began < 9
    A.fails(1, TUR, NO_MEDIUM)
    equal((cleanings(), show(server, 'cartridge', 'show', 'CLN001CU')['loads']), (2, 2))


def test_used_up():
    """after its last use a cartridge cleans no more: 30h/07h, TapeAlert 22, and no use is counted"""
    home = A.where('CLN003CU')[0].address
    A.logout()
    assert server.stop()
    use_up('CLN003CU')
    server.start()
    A.__init__(server)
    A.move(home, DRIVE)
    A.fails(1, TUR, CLEANING_FAILED)
    A.fails(1, '1b0000000100', CLEANING_FAILED)
    equal(A.tape_alerts(1), {11, 22})
    equal(cleanings(), 2, 'remembered over a restart')
    equal(show(server, 'drive', 'show', '1')['activity'], 'idle')
    A.move(DRIVE, home)
    A.fails(1, TUR, NO_MEDIUM)
    equal(show(server, 'cartridge', 'show', 'CLN003CU')['loads'], USES)


def use_up(barcode):
    """Its memory (media/FORMAT.md 3.1) says it was loaded as often as it may be; with the daemon stopped."""
    folder = pathlib.Path(server.state, 'cartridges', barcode)
    label = json.loads((folder / 'label.json').read_text())
    loads = struct.pack('<BBHH', 0, 0, 3, 8) + USES.to_bytes(8, 'big')
    memory = bytearray(struct.pack('<8sHH20x16sI12x', b'EVTMAMF2', 2, 8, uuid.UUID(label['uuid']).bytes, 1) + loads)
    memory[12:16] = crc32c(memory).to_bytes(4, 'little')
    (folder / 'mam').write_bytes(memory)


def test_restart():
    """one that lies ejected in a drive over a restart is not used again"""
    home = A.where('CLN002L1')[0].address
    A.move(home, DRIVE)
    wait_until(NO_MEDIUM)
    A.logout()
    assert server.stop()
    server.start()
    A.__init__(server)
    A.fails(1, TUR, NO_MEDIUM)
    equal(A.elements(DT)[DRIVE].barcode, 'CLN002L1')
    A.move(DRIVE, home)
    equal(show(server, 'cartridge', 'show', 'CLN002L1')['loads'], 1)


def test_data():
    """data cartridges and protected ones are loaded as ever afterwards"""
    home = A.where('PDU001L8')[0].address
    A.move(home, DRIVE)
    equal(A.attentions(1), [MEDIUM_CHANGED])
    A.good(1, '0a0000100000', bytes(4096))
    A.good(1, '100000000100')
    A.move(DRIVE, home)
    server.evertape('cartridge', 'protect', 'PDU001L8')
    A.move(home, DRIVE)
    A.attentions(1)
    r = A.command(1, '0a0000100000', bytes(4096))
    equal(r.key, (7, 0x27, 0))
    A.good(1, '080000100000', read=4096)


def test_end():
    """the daemon ends well while a drive cleans"""
    A.move(DRIVE, A.where('CLN001CU')[0].address + 15)
    A.move(A.where('CLN001CU')[0].address, DRIVE)
    A.logout()
    assert server.stop()


tap.run(tap.tests_of(globals()))
