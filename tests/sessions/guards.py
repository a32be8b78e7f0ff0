# SPDX-License-Identifier: Apache-2.0
"""What a person does at the command line does not cut off a host that is logged in, unless it is meant."""
import subprocess

import scene
from scene import *
from daemon import BUILD

server = Scene()
LOAD, UNLOAD = bytes.fromhex('1b0000000100'), bytes.fromhex('1b0000000000')
GUARD_S = 10  # a drive that was used this short a time ago is in use
GONE = 'the logical unit was removed: hosts report a missing device'
KEY = bytes.fromhex('0102030405060708')


def cli(*words):
    done = subprocess.run([str(BUILD / 'evertape'), '--state', server.state, *words], text=True,
                          capture_output=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def guarded(*words, says=()):
    """Refused, naming --force, in one line that says all of it; what it printed besides."""
    code, out, err = cli(*words)
    equal(code, 1, err)
    equal(err.count('\n'), 1, err)
    for text in (*says, '--force'):
        assert text in err, f'{text!r} is not in {err!r}'
    code, again, _ = cli('--json', *words)
    equal((code, json.loads(again)['error']['code']), (1, 'needs-force'))
    return out, json.loads(again)['error']


def where(barcode):
    return json.loads(server.evertape('--json', 'cartridge', 'show', barcode))['element']


def layout():
    return json.loads(server.evertape('--json', 'library', 'show'))['layout']


def serve():
    server.evertape('library', 'create', 'other', '--drives', '2')


def test_layout():
    """library layout: refused while a host is logged in, in the words of passport compare; the host notices nothing"""
    host = server.login()
    out, error = guarded('library', 'layout', 'target-per-device', '--library', 'test',
                         says=['1 session is logged in to library test', GONE])
    for lun in (1, 2):
        assert f'{server.target} LUN {lun}: {GONE}' in out, out
    equal(out.count('new: a target'), 2)
    details = error['details']
    equal([(d['what'], d['is']) for d in details['differences']], [('the logical unit was removed', None)] * 2)
    equal([s['initiator'] for s in details['sessions']], ['iqn.2026-01.test:a'])
    equal(layout(), 'one-target')
    equal([attentions(host, lun) for lun in (0, 1, 2)], [[], [], []])
    # The layout it has already: nothing would change.
    equal(cli('library', 'layout', 'one-target', '--library', 'test')[0], 0)
    equal([attentions(host, lun) for lun in (0, 1, 2)], [[], [], []])
    host.logout()


def test_layout_forced():
    """with --force it is done, and what was announced is what passport compare finds"""
    portal = '{}:{}'.format(*server.address)
    passport = f'{server.state}/before.passport'
    code, _, err = cli('passport', 'save', portal, passport)
    equal(code, 0, err)
    host = server.login()
    out, _ = guarded('library', 'layout', 'target-per-device', '--library', 'test')
    equal(cli('library', 'layout', 'target-per-device', '--library', 'test', '--force')[0], 0)
    equal(layout(), 'target-per-device')
    code, found, _ = cli('passport', 'compare', portal, passport)
    equal(code, 1)
    for line in out.splitlines():
        if line.endswith(GONE):
            assert line in found, f'{line!r} was announced, found:\n{found}'
    assert server.alone(), 'the session of the old layout goes on'
    host.close()
    server.evertape('library', 'layout', 'one-target', '--library', 'test')


def test_remove():
    """drive remove: refused while a host sees the drive, not for those that see others only"""
    server.evertape('cartridge', 'move', 'PDU001L8', 'slot:19', '--library', 'test')
    server.evertape('initiator', 'allow', 'iqn.2026-01.test:second', '--library', 'test', '--device', 'drive:2')
    second = server.login('second', clear=False)
    server.evertape('drive', 'remove', '1', '--library', 'test')
    server.evertape('drive', 'add', '--number', '1', '--library', 'test')
    host = server.login()
    guarded('drive', 'remove', '1', '--library', 'test', says=['1 session sees drive:1', GONE])
    equal(attentions(host, 1), [])
    server.evertape('drive', 'remove', '1', '--library', 'test', '--force')
    equal(attentions(host, 2), [(6, 0x3f, 0x0e)])
    server.evertape('drive', 'add', '--number', '1', '--library', 'test')
    for s in (host, second):
        s.logout()
    server.alone()
    server.evertape('drive', 'load', '1', 'PDU001L8', '--library', 'test')


def test_personality():
    """drive personality: with --force the sessions end, and who comes back sees the new machine"""
    server.evertape('cartridge', 'move', 'PDU001L8', 'slot:19', '--library', 'test')
    host = server.login()
    out, _ = guarded('drive', 'personality', '1', 'HP Ultrium 6-SCSI', '--library', 'test',
                     says=['1 session sees drive:1', 'end the session first'])
    assert 'the product name changed: Windows creates a new device' in out, out
    equal(host.command(1, INQUIRY, read=255).data[8:16].decode().strip(), 'IBM')
    server.evertape('drive', 'personality', '1', 'HP Ultrium 6-SCSI', '--library', 'test', '--force')
    assert server.alone(), 'its session goes on'
    host.close()
    host = server.login()
    equal(host.command(1, INQUIRY, read=255).data[8:16].decode().strip(), 'HP')
    host.logout()
    assert server.alone()
    server.evertape('drive', 'personality', '1', 'IBM ULT3580-TD8', '--library', 'test')
    server.evertape('drive', 'load', '1', 'PDU001L8', '--library', 'test')


def test_delete():
    """library delete: refused while a host is logged in to it, not for those of other libraries"""
    host = server.login()
    target = json.loads(server.evertape('--json', 'library', 'show', 'other'))['target']
    there = server.login('b', target=target)
    guarded('library', 'delete', 'other', says=['1 session is logged in to library other', 'the target was removed'])
    there.logout()
    server.alone(1)
    server.evertape('library', 'delete', 'other')
    equal(attentions(host, 0), [])
    host.logout()


def out_of_the_drive():
    return [('drive', 'unload', '1'), ('cartridge', 'move', 'PDU001L8', 'slot:20')]


def test_used():
    """a drive that a host has just used: its cartridge stays there, whichever verb would take it, and the host goes on"""
    host = server.login()
    session = server.sessions()[0]['tsih']
    host.command(1, REWIND)
    equal(host.command(1, write6(4096), bytes(4096)).status, 0)
    for words in out_of_the_drive():
        guarded(*words, says=[f'session {session} of iqn.2026-01.test:a used drive:1', ' s ago', 'PDU001L8'])
    equal((where('PDU001L8'), position(host, 1)), ('drive:1', 1))
    equal(host.command(1, write6(4096), bytes(4096)).status, 0)
    shown = server.drive(1)
    equal((shown['last_used_by']['initiator'], shown['last_used_by']['session'], shown['reserved_by']),
          ('iqn.2026-01.test:a', session, None))
    server.evertape('drive', 'unload', '1', '--force')
    equal(host.command(1, TUR).key, (2, 0x3a, 0))
    server.evertape('drive', 'load', '1', 'PDU001L8')
    server.evertape('drive', 'unload', '1')  # nobody has used it since it is there
    server.evertape('drive', 'load', '1', 'PDU001L8')
    attentions(host, 1)
    host.command(1, REWIND)
    host.logout()
    server.evertape('drive', 'unload', '1')  # who has logged out is done
    server.evertape('drive', 'load', '1', 'PDU001L8')


def test_at_work():
    """a drive whose command is still at work is in use, however long ago that began"""
    host = server.login(keys=SILENT)
    host.command(1, REWIND)
    owe(host, 1)
    guarded('drive', 'unload', '1', says=['is using drive:1'])
    host.logout()
    server.alone()


def test_lost_and_idle():
    """a host whose connection broke may be back: its drive is in use until it has been idle for a while"""
    host = server.login()
    host.command(1, REWIND)
    began = time.monotonic()
    host.close()
    server.alone()
    guarded('drive', 'unload', '1', says=['iqn.2026-01.test:a used drive:1'])
    while (done := cli('drive', 'unload', '1'))[0] and time.monotonic() < began + 3 * GUARD_S:
        time.sleep(0.2)
    equal(done[0], 0, done[2])
    assert time.monotonic() - began > GUARD_S - 1, f'{time.monotonic() - began:.1f} s'
    server.evertape('drive', 'load', '1', 'PDU001L8')


def test_done_with():
    """a cartridge the host has unloaded itself is free to go"""
    host = server.login()
    host.command(1, REWIND)
    host.command(1, UNLOAD)
    server.evertape('drive', 'unload', '1')
    server.evertape('drive', 'load', '1', 'PDU001L8')
    host.logout()


def test_reserved():
    """a drive that a host has reserved keeps its cartridge, used or not; RELEASE lets it go"""
    host = server.login()
    equal(host.command(1, RESERVE).status, 0)
    for words in out_of_the_drive():
        guarded(*words, says=['of iqn.2026-01.test:a holds a reservation on drive:1'])
    equal(server.drive(1)['reserved_by']['persistent'], False)
    equal(host.command(1, RELEASE).status, 0)
    server.evertape('drive', 'unload', '1')
    server.evertape('drive', 'load', '1', 'PDU001L8')
    attentions(host, 1)
    host.logout()


def persistent(action, kind=0, old=bytes(8), new=bytes(8)):
    return bytes([0x5f, action, kind]) + bytes(4) + (24).to_bytes(2, 'big') + bytes(1), old + new + bytes(8)


def test_reserved_persistently():
    """so does one that is reserved persistently, also when its holder is not logged in"""
    host = server.login()
    for cdb, data in (persistent(0, new=KEY), persistent(1, 3, old=KEY)):
        equal(host.command(1, cdb, data).status, 0)
    guarded('drive', 'unload', '1', says=['of iqn.2026-01.test:a holds a persistent reservation on drive:1'])
    host.logout()
    server.alone()
    guarded('drive', 'unload', '1', says=['evertape: iqn.2026-01.test:a holds a persistent reservation'])
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('drive', 'load', '1', 'PDU001L8')
    host = server.login()
    cdb, data = persistent(0, old=KEY)
    equal(host.command(1, cdb, data).status, 0)
    host.logout()


def test_prevented():
    """what a host forbids stays forbidden, with --force too"""
    host = server.login()
    equal(host.command(1, PREVENT).status, 0)
    for words in (('drive', 'unload', '1'), ('drive', 'unload', '1', '--force')):
        code, _, err = cli(*words)
        assert code == 1 and 'prevents removal' in err, err
    equal(host.command(1, ALLOW).status, 0)
    host.logout()


def test_inventory():
    """what a person makes, moves, imports, deletes and brings back is news for the changer's hosts, once; a purge is none"""
    host = server.login()
    file = f'{server.state}/tape.evtape'
    changed = (6, 0x28, 0)
    for words, news in ((('create', 'NEW001L8'), [changed]), (('move', 'NEW001L8', 'slot:17'), [changed]),
                        (('export', 'NEW001L8', file), []), (('protect', 'NEW001L8'), []),
                        (('delete', 'NEW001L8', '--force'), [changed]), (('restore', 'NEW001L8'), [changed]),
                        (('import', file, '--barcode', 'NEW002L8'), [changed]),
                        (('move', 'NEW002L8', 'mailslot:1'), [(6, 0x28, 1)]), (('delete', 'NEW002L8'), [changed]),
                        (('purge', 'NEW002L8'), []), (('create', '--count', '5', '--prefix', 'X'), [changed])):
        server.evertape('cartridge', *words)
        equal([attentions(host, lun) for lun in (0, 1, 2)], [news, [], []], ' '.join(words))
    refused_ = cli('cartridge', 'delete', 'NEW001L8')
    equal((refused_[0], attentions(host, 0)), (1, []), 'a refusal is no news')
    host.logout()


def test_delete_while_logged_in():
    """a cartridge with data that a logged-in host knows is not deleted without --force, and then it can come back"""
    host = server.login()
    equal(host.command(1, write6(4096), b'x' * 4096).status, 0)
    host.command(1, bytes.fromhex('100000000100'))
    host.command(1, UNLOAD)
    server.evertape('drive', 'unload', '1')
    attentions(host, 0)
    guarded('cartridge', 'delete', 'PDU001L8', says=['PDU001L8 holds data'])
    equal(attentions(host, 0), [])
    server.evertape('cartridge', 'delete', 'PDU001L8', '--force')
    equal(attentions(host, 0), [(6, 0x28, 0)])
    server.evertape('cartridge', 'restore', 'PDU001L8')
    server.evertape('drive', 'load', '1', 'PDU001L8')
    attentions(host, 1)
    equal(host.command(1, read6(4096), read=4096).data, b'x' * 4096)
    host.logout()


scene.main(server, [('there are two libraries', serve)] + [(t.__doc__, t) for t in (
    test_delete, test_layout, test_layout_forced, test_remove, test_personality, test_used, test_at_work,
    test_lost_and_idle, test_done_with, test_reserved, test_reserved_persistently, test_prevented, test_inventory,
    test_delete_while_logged_in)])
