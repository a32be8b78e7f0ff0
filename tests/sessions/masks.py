# SPDX-License-Identifier: Apache-2.0
"""What an initiator's rule lets it see: discovery, login, REPORT LUNS, commands, resets, unit attentions."""
from scene import *

server = Scene()
HOST = 'iqn.2026-01.test:host'
ABSENT = (5, 0x25, 0)


def prepare():
    """Two libraries; the second with 3 drives."""
    server.evertape('library', 'create', 'other', '--drives', '3', '--slots', '5')
    libraries = {each['name']: each for each in json.loads(server.evertape('--json', 'library', 'list'))['libraries']}
    server.other = libraries['other']['target']


def allow(*words, name=HOST):
    """A rule that shows this and nothing else, to a host on the loopback (a name without CHAP from elsewhere is warned of)."""
    whole = [word for what in ('--library', '--device') if what not in words for word in (what, 'all')]
    return json.loads(server.evertape('--json', 'initiator', 'allow', name, '--from', '127.0.0.0/8', *whole, *words))


def login(target=None, **how):
    return server.login('host', target, **how)


def luns(s):
    data = s.command(0, bytes.fromhex('a00000000000000008000000'), read=2048).data
    equal(int.from_bytes(data[:4], 'big') + 8, len(data), 'LUN LIST LENGTH')
    return [data[at + 1] for at in range(8, len(data), 8)]


def discovered():
    with Session(server.address, initiator=HOST).login() as s:
        found = set(s.send_targets())
        s.logout()
    return found


# A rule's words; the LUNs seen at the library "test", and at "other"; None: the login is refused.
VIEWS = [
    ([], [0, 1, 2], [0, 1, 2, 3]),
    (['--library', 'test'], [0, 1, 2], None),
    (['--library', 'test', '--library', 'other', '--library', 'test'], [0, 1, 2], [0, 1, 2, 3]),
    (['--device', 'changer'], [0], [0]),
    (['--device', 'drive:1'], [1], [1]),
    (['--device', 'drive:3'], None, [3]),
    (['--device', 'drive:2', '--device', 'changer'], [0, 2], [0, 2]),
    (['--library', 'other', '--device', 'drive:2', '--device', 'drive:3'], None, [2, 3]),
    (['--library', 'test', '--device', 'drive:3'], None, None),
    (['--library', 'test', '--device', 'drive:255', '--device', 'drive:2'], [2], None),
]


def view(words, *wanted):
    rule = allow(*words)
    targets = dict(zip((server.target, server.other), wanted))
    equal(discovered(), {target for target, seen in targets.items() if seen}, 'SendTargets')
    for target, seen in targets.items():
        if seen is None:
            refused(0x0202, login, target)
            continue
        with login(target, clear=False) as s:
            equal(luns(s), seen)
            for lun in range(6):
                there = lun in seen
                equal(s.command(lun, INQUIRY, read=255).data[0] != 0x7f, there, f'INQUIRY of LUN {lun}')
                key = s.command(lun, TUR).key
                assert (key != ABSENT) == there, f'LUN {lun}: {key}'
                equal(s.command(lun, bytes.fromhex('030000001200'), read=18).data[2] & 15 != 5, there, 'REQUEST SENSE')
            s.send_targets('')
            s.logout()
    listed = [r for r in json.loads(server.evertape('--json', 'initiator', 'list'))['initiators'] if r['name'] == HOST]
    equal({k: listed[0][k] for k in ('sees', 'libraries', 'devices')}, {k: rule[k] for k in ('sees', 'libraries', 'devices')})


def restart():
    assert server.stop()
    server.start()


def test_kept():
    """a rule with a view, and one without, are the same after a restart"""
    allow('--library', 'test', '--device', 'changer', '--device', 'drive:2')
    allow(name='iqn.2026-01.test:all')
    before = server.evertape('--json', 'initiator', 'list')
    restart()
    equal(server.evertape('--json', 'initiator', 'list'), before)
    with login() as s:
        equal(luns(s), [0, 2])
    with server.login('all', server.other) as s:
        equal(luns(s), [0, 1, 2, 3])


def test_default_rule():
    """the rule for everybody may have a view too; a rule of one's own comes first"""
    allow('--device', 'drive:1', name='*')
    with server.login('anybody') as s:
        equal(luns(s), [1])
    with server.login('all', server.other) as s:
        equal(luns(s), [0, 1, 2, 3])
    server.evertape('initiator', 'remove', '*')


def test_no_changer():
    """LUN 0 is not seen, yet REPORT LUNS and INQUIRY are answered there"""
    allow('--device', 'drive:1')
    with login(clear=False) as s:
        equal(luns(s), [1])
        equal(s.command(0, INQUIRY, read=36).data[0], 0x7f)
        equal(s.command(0, bytes.fromhex('a50000000001000200000000')).key, ABSENT)


def test_next_login():
    """a rule that changes is for the next login; the operator is told of the sessions there are"""
    allow()
    with login() as s:
        answer = allow('--device', 'drive:1')
        assert any('session' in w for w in answer['warnings']), answer
        equal(luns(s), [0, 1, 2])
        with login() as again:
            equal(luns(again), [1])
            assert s.closed()


def test_not_there():
    """a library nobody knows is refused, a device nobody has is told of"""
    for words, said in ((['--library', 'nowhere'], "no library 'nowhere'"), (['--device', 'drive:0'], 'drive:1'),
                        (['--device', 'drive:256'], 'drive:1'), (['--device', 'robot'], 'changer'),
                        (['--device', 'drive:1x'], 'drive:1')):
        try:
            server.evertape('initiator', 'allow', HOST, *words)
        except RuntimeError as e:
            assert said in str(e) and len(str(e).splitlines()) == 1, e
        else:
            raise AssertionError(f'{words} is taken')
    assert 'drive:9' in str(allow('--library', 'test', '--device', 'drive:9')['warnings'])
    equal(allow('--device', 'drive:3').get('warnings'), None)


def test_changes_nobody_tells():
    """a drive that comes or goes is news (3F/0E) for those who see it, and for no others"""
    allow('--library', 'other', '--device', 'changer', '--device', 'drive:1')
    with login(server.other) as s, server.login('all', server.other, clear=False) as all_:
        for each in (s, all_):
            each.clear(*luns(each))
        for verb, seen in (('remove', [0, 1, 3]), ('add', [0, 1, 3, 4])):
            server.evertape('drive', verb, *(['2', '--force'] if verb == 'remove' else []), '--library', 'other')
            equal(attentions(s, 0) + attentions(s, 1), [], verb)
            equal(luns(s), [0, 1])
            equal(attentions(all_, 1), [(6, 0x3f, 0x0e)], verb)
            equal(luns(all_), seen)


def test_later_drives():
    """who sees a whole library sees the drives that come later; a view of devices does not grow"""
    for words, grows in ((['--library', 'other'], True), (['--library', 'other', '--device', 'changer'], False)):
        allow(*words)
        with login(server.other) as s:
            before = luns(s)
            server.evertape('drive', 'add', '--library', 'other')
            equal(len(luns(s)) - len(before), int(grows))


def test_resets():
    """TARGET RESET by who sees a part: that part is reset, other units and sessions never notice"""
    allow('--device', 'drive:1')
    for function in (WARM, COLD):
        with login(clear=False) as s, server.login('all') as b:
            s.clear(1)
            pdu = owe(b, 2)
            equal(s.tmf(LU_RESET, 2), 2, 'LUN does not exist')
            equal(s.tmf(CLEAR_TASK_SET, 2), 2)
            equal(s.tmf(ABORT_TASK, 2, pdu.itt), 1)
            equal(s.tmf(function), 0)
            equal(s.closed() if function == COLD else attentions(s, 1), True if function == COLD else [(6, 0x29, 3)])
            equal(attentions(b, 1), [(6, 0x29, 3)])
            equal(attentions(b, 0), [])
            equal(b.tmf(ABORT_TASK, 2, pdu.itt, pdu.cmd_sn), 0, 'the WRITE was still there')


def test_per_device():
    """a target for each device: only those it sees are shown and may be logged in to"""
    allow('--library', 'other', '--device', 'drive:1')
    server.evertape('library', 'layout', 'target-per-device', '--library', 'other', '--force')
    found = discovered()
    equal(len(found), 1)
    with Session(server.address, initiator='iqn.2026-01.test:all').login() as s:
        everything = set(s.send_targets())
    for target in everything - {server.target}:
        if target in found:
            with login(target, clear=False) as s:
                equal(luns(s), [0])
                equal(s.command(0, INQUIRY, read=36).data[0], 1)
        else:
            refused(0x0202, login, target)
    allow('--library', 'other')
    equal(discovered(), everything - {server.target})
    server.evertape('library', 'layout', 'one-target', '--library', 'other', '--force')


def test_many_targets():
    """fifty targets in one answer, in pieces as small as the initiator wants them"""
    server.evertape('library', 'create', 'many', '--drives', '50', '--slots', '2', '--layout', 'target-per-device')
    allow('--library', 'many')
    for size in ('512', '8192', '262144'):
        with Session(server.address, initiator=HOST, keys={**WINDOWS_DISCOVERY, 'MaxRecvDataSegmentLength': size}).login() as s:
            equal(len(s.send_targets()), 51)
            equal(s.text_responses > 1, size == '512', f'{s.text_responses} responses')
            s.logout()
    server.evertape('library', 'delete', 'many')


def test_deleted_library():
    """the library of a rule goes: nothing is seen any more, least of all everything"""
    allow('--library', 'other')
    server.evertape('library', 'delete', 'other')
    equal(discovered(), set())
    refused(0x0202, login, server.target)
    restart()
    refused(0x0202, login, server.target)
    equal(discovered(), set())


VIEW_TESTS = [('initiator allow ' + (' '.join(words) or '(no more words)'), lambda row=(words, *seen): view(*row))
              for words, *seen in VIEWS]

if __name__ == '__main__':
    prepare()
    main(server, VIEW_TESTS + tap.tests_of(globals()))
