# SPDX-License-Identifier: Apache-2.0
"""Export and import as backup software and an operator do it together; PREVENT keeps the operator out."""
from robot import *

server = Server()
server.evertape('cartridge', 'create', 'EXP001L8', 'EXP002L8', 'EXP003L8')
A, B = Host(server), Host(server, 'host-b')
SLOT, MAILSLOT = 1000, 10


def news():
    """What the hosts are told at the changer; the drives have nothing to tell."""
    equal([A.attentions(lun) + B.attentions(lun) for lun in (1, 2)], [[], []], 'news at the drives')
    return A.attentions(0), B.attentions(0)


def test_flags():
    """mail slots can be imported to and exported from; what the robot put there is not IMPEXP"""
    for address, e in A.elements(IE).items():
        equal(e.flags, INENAB | EXENAB | ACCESS, f'element {address}, empty')
    slot = A.where('EXP001L8')[0].address
    A.move(slot, MAILSLOT)
    e = A.elements(IE)[MAILSLOT]
    equal((e.flags, e.barcode, e.source), (INENAB | EXENAB | ACCESS | FULL, 'EXP001L8', slot))
    equal(news(), ([], []), "the robot's move")


def test_export():
    """a host moves a cartridge out, a person takes it: 28h/01h once per nexus, and it is gone from the inventory"""
    equal(server.evertape('mailslot', 'open'), '1 cartridge moved to the vault: EXP001L8\n')
    # Whatever a host asks first it hears of it, and what follows is good.
    A.fails(0, 'b813000000020000ffff0000', MAILSLOT_USED)
    equal(A.elements(IE)[MAILSLOT].flags, INENAB | EXENAB | ACCESS)
    equal(news(), ([], [MAILSLOT_USED]))
    equal(A.where('EXP001L8'), [])
    equal([c['barcode'] for c in show(server, 'mailslot', 'list')['vault']], ['EXP001L8'])


def test_identity_commands():
    """INQUIRY and REPORT LUNS do not use up the news"""
    server.evertape('mailslot', 'close', 'EXP001L8')
    A.good(0, '120000002400', read=36)
    A.good(0, 'a00000000000000010000000', read=4096)
    equal(news(), ([MAILSLOT_USED], [MAILSLOT_USED]))


def test_import():
    """what a person put in: FULL, IMPEXP and no source; once moved it is like any other"""
    e = A.elements(IE)[MAILSLOT]
    equal((e.flags, e.barcode, e.source), (INENAB | EXENAB | ACCESS | IMPEXP | FULL, 'EXP001L8', None))
    A.move(MAILSLOT, SLOT + 9)
    e = A.elements(ST)[SLOT + 9]
    equal((e.flags, e.barcode, e.source), (ACCESS | FULL, 'EXP001L8', MAILSLOT))
    equal(A.elements(IE)[MAILSLOT].flags, INENAB | EXENAB | ACCESS)
    equal(news(), ([], []))


def test_search():
    """the volume is found by its tag where it is, and nowhere while it is outside"""
    template = b'EXP00?L8'.ljust(32) + bytes(8)
    for outside in ([], ['EXP002L8']):
        if outside:
            A.move(A.where('EXP002L8')[0].address, MAILSLOT)
            server.evertape('mailslot', 'open')
            news()
        A.good(0, 'b60000000005000000280000', template)
        data = A.good(0, 'b510000000ff000010000000', read=4096)
        equal(struct.unpack('>H', data[2:4])[0], 3 - len(outside))
        equal(data[4], 5, 'send action code')
    server.evertape('mailslot', 'close', 'EXP002L8')
    news()


def test_several():
    """several at once are one piece of news; all slots full: the second cartridge is refused"""
    e = A.where('EXP003L8')[0]
    equal(A.elements(IE)[MAILSLOT].barcode, 'EXP002L8')
    A.move(e.address, MAILSLOT + 1)
    equal(server.evertape('mailslot', 'open'), '2 cartridges moved to the vault: EXP002L8, EXP003L8\n')
    equal(news(), ([MAILSLOT_USED], [MAILSLOT_USED]))
    A.move(A.where('EXP001L8')[0].address, MAILSLOT + 1)
    equal(refused(server, 'mailslot', 'close', 'EXP002L8', 'EXP003L8'), 'evertape: library test: 1 free mail slots, 2 needed')
    equal(news(), ([], []))
    A.move(MAILSLOT + 1, SLOT)
    server.evertape('mailslot', 'close', 'EXP002L8', 'EXP003L8')
    news()
    A.fails(0, A.move_cdb(SLOT, MAILSLOT), (5, 0x3b, 0x0d))


def test_prevent():
    """while any host prevents: no verb opens or fills a mail slot, 1Bh is refused, the robot goes on"""
    server.evertape('mailslot', 'open', 'EXP003L8')
    news()
    B.good(0, '1e0000000100')
    locked = 'evertape: library test: a host prevents access to the mail slots (PREVENT ALLOW MEDIUM REMOVAL)'
    for words in (('open',), ('open', 'EXP002L8'), ('close',), ('close', 'EXP003L8')):
        equal(refused(server, 'mailslot', *words), locked)
    A.fails(0, '1b00000a0000', PREVENTED)
    A.good(0, '1b00000a0100')
    A.move(MAILSLOT, SLOT + 12)
    A.move(SLOT + 12, MAILSLOT)
    equal(A.where('EXP002L8')[0].address, MAILSLOT)
    equal(news(), ([], []), 'nothing has happened')
    # It is B's: A's ALLOW changes nothing, B's end does.
    A.good(0, '1e0000000000')
    equal(refused(server, 'mailslot', 'open'), locked)
    B.close()

    def opened():
        try:
            return server.evertape('mailslot', 'open')
        except RuntimeError:
            return None
    assert wait_for(opened), 'still locked'
    equal(A.attentions(0), [MAILSLOT_USED])
    A.good(0, '1b00000a0000')


def test_wrong_elements():
    """1Bh knows mail slots only"""
    for cdb, key in (('1b0003e80000', INVALID_ELEMENT), ('1b00000c0000', INVALID_ELEMENT), ('1b0001f40100', INVALID_ELEMENT),
                     ('1b00000a0200', (5, 0x24, 0))):
        A.fails(0, cdb, key)


def test_statistics():
    """log page 14h counts what the robot carried and how often a person was there"""
    def counts():
        data = A.good(0, '4d005400000000040000', read=1024)
        return {struct.unpack('>H', data[i:i + 2])[0]: int.from_bytes(data[i + 4:i + 12], 'big')
                for i in range(4, len(data), 12)}
    before = counts()
    equal(sorted(before), [0, 1, 3, 8])
    A.move(SLOT, SLOT + 13)
    A.move(SLOT + 13, SLOT)
    server.evertape('mailslot', 'close', 'EXP002L8')
    A.attentions(0)
    equal({code: n - before[code] for code, n in counts().items()}, {0: 2, 1: 2, 3: 2, 8: 1})


def test_end():
    """the daemon ends well"""
    A.logout()
    assert server.stop()


tap.run(tap.tests_of(globals()), after=lambda _: server.alive() or server.process.returncode == 0 or 1 / 0)
