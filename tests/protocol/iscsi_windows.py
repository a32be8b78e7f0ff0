# SPDX-License-Identifier: Apache-2.0
"""What the Microsoft initiator does on the wire, replayed: logins, reconnects, escalation, a second connection."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from daemon import Server
from pdu import *
from tap import Skip, equal

server = Server()
WINDOWS = 'iqn.1991-05.com.microsoft:win-a'
TUR = bytes(6)
INQUIRIES = [bytes.fromhex(h) for h in ('120000002400', '120000006000', '12000000fc00', '12010000ff00', '12018000ff00',
                                        '12018300ff00')]


def windows(**how):
    how.setdefault('initiator', WINDOWS)
    how.setdefault('keys', WINDOWS_NORMAL)
    return Session(server.address, server.target, **how)


def ident(s, lun):
    """The bytes by which a host knows a device."""
    answers = [s.command(lun, cdb, read=cdb[3] << 8 | cdb[4]) for cdb in INQUIRIES]
    equal([r.status for r in answers], [0] * len(answers))
    return b''.join(r.data for r in answers)


def test_discovery_login():
    """W01: the discovery login, SendTargets=All, logout"""
    s = Session(server.address, initiator=WINDOWS, keys=WINDOWS_DISCOVERY)
    s.login()
    first, last = s.login_pdus
    equal((first.bhs[0], first.flags, first.login_status, first.tsih), (0x23, 0x81, 0, 0))
    equal(parse_text(first.data), [('AuthMethod', 'None')])
    equal((last.bhs[0], last.flags, last.login_status), (0x23, 0x87, 0))
    assert last.tsih != 0
    got = dict(parse_text(last.data))
    equal(sorted(got), sorted(WINDOWS_DISCOVERY), 'keys answered')
    equal((got['HeaderDigest'], got['DataDigest'], got['MaxRecvDataSegmentLength']), ('None', 'None', '262144'))
    assert int(got['DefaultTime2Wait']) >= 0 and int(got['DefaultTime2Retain']) <= 60
    itt = s.itt()
    s.send(s.number(Pdu(TEXT, FINAL, text({'SendTargets': 'All'}), itt=itt, ttt=NO_TAG)))
    answer = s.expect(TEXT_RESPONSE)
    equal((answer.flags, answer.ttt, answer.itt), (FINAL, NO_TAG, itt))
    assert answer.data.endswith(b'\0') and not answer.data.endswith(b'\0\0'), answer.data
    pairs = parse_text(answer.data)
    host, port = server.address
    equal(pairs[:2], [('TargetName', server.target), ('TargetAddress', f'{host}:{port},1')])
    equal(len(pairs), 1 + len(server.portals))
    equal(s.logout(), 0)


def check_normal(s):
    got = s.keys
    equal(s.login_pdus[0].tsih, 0)
    assert s.login_pdus[-1].tsih != 0
    assert ('TargetPortalGroupTag', '1') in parse_text(s.login_pdus[0].data)
    for key, value in {'MaxConnections': '1', 'ErrorRecoveryLevel': '0', 'DefaultTime2Retain': '0', 'InitialR2T': 'Yes',
                       'ImmediateData': 'Yes', 'MaxBurstLength': '262144', 'FirstBurstLength': '65536',
                       'HeaderDigest': 'None', 'DataDigest': 'None'}.items():
        equal(got[key], value, key)
    assert 1 <= int(got['MaxOutstandingR2T']) <= 16
    last = s.login_pdus[-1]
    assert (last.max_cmd_sn - last.exp_cmd_sn) & 0xffffffff >= 7
    return s


def test_normal_login():
    """W02: the normal login, its first text of 127 bytes, so that padding matters"""
    with windows() as probe:
        left = 127 - len(text({**probe.first_login_keys(), 'InitiatorName': 'iqn.1991-05.com.microsoft:'}))
    name = 'iqn.1991-05.com.microsoft:' + 'h' * max(left, 1)
    with windows(initiator=name).login() as s:
        check_normal(s)
        allowed = set(WINDOWS_NORMAL) | {'AuthMethod', 'TargetPortalGroupTag'}
        equal(set(s.keys) - allowed, set(), 'keys that were not offered')


def test_normal_login_other_order():
    """W02: keys in another order, in two requests by the C bit, and an unknown one"""
    with windows(keys=dict(reversed(WINDOWS_NORMAL.items()))).login() as s:
        check_normal(s)
    with windows() as s:
        s.login(final=False)
        whole = text({**WINDOWS_NORMAL, 'X-com.microsoft.key': 'value'})
        s.login_step(OPERATIONAL, FULL, whole[:200], False, True)
        s.login_step(OPERATIONAL, FULL, whole[200:])
        check_normal(s)
        equal(s.keys['X-com.microsoft.key'], 'NotUnderstood')


def test_chap():
    """W03: AuthMethod=CHAP alone, MD5, one-way and mutual; a wrong secret"""
    for name, target in ((daemon.CHAP_NAME, None), (daemon.MUTUAL_NAME, daemon.TARGET_SECRET)):
        chap = Chap(daemon.USER, daemon.SECRET, target)
        with windows(initiator=name, chap=chap, first_keys={'AuthMethod': 'CHAP'}).login() as s:
            assert target is None or chap.target_proven(chap.answered)
            s.clear(0)
        try:
            windows(initiator=name, chap=Chap(daemon.USER, 'not-the-secret')).login()
            raise AssertionError('a wrong secret works')
        except LoginRefused as e:
            equal(e.status, 0x0201)


def test_write_as_windows():
    """WRITEs of 256 KiB: 64 KiB immediate, the rest by R2T with F set"""
    with windows().login() as s:
        s.clear(*server.tapes)
        equal(s.command(server.tapes[0], bytes.fromhex('010000000000')).status, 0)
        data = bytes(range(256)) * 1024
        for _ in range(4):
            r = s.command(server.tapes[0], bytes.fromhex('0a0004000000'), data)
            equal(r.status, 0)
            equal([p.flags for p in r.r2ts], [FINAL] * len(r.r2ts))
            equal(sum(p.length for p in r.r2ts), 262144 - 65536)
            equal(r.r2ts[0].offset, 65536)


def test_enumeration():
    """W04: REPORT LUNS cut and whole; INQUIRY cut, and of a unit that is not there"""
    with windows().login() as s:
        s.clear(0)
        short = s.command(0, bytes.fromhex('a00000000000000000100000'), read=16)
        whole = s.command(0, bytes.fromhex('a00000000000000010000000'), read=4096)
        equal(short.data, whole.data[:16])
        n = int.from_bytes(whole.data[:4], 'big')
        equal((len(whole.data), whole.residual), (8 + n, 4096 - 8 - n))
        luns = [whole.data[8 + 8 * i + 1] for i in range(n // 8)]
        equal(luns, sorted(luns))
        equal(luns[0], 0)
        for lun in luns:
            ident(s, lun)
            r = s.command(lun, bytes.fromhex('120000000500'), read=5)
            equal((r.status, len(r.data), r.residual), (0, 5, 0))
        for lun in range(8):
            r = s.command(lun, bytes.fromhex('12000000ff00'), read=255)
            equal((r.status, r.residual), (0, 255 - len(r.data)))
            equal(r.data[0] == 0x7f, lun not in luns, f'LUN {lun}')


def test_reconnect():
    """W08: the connection drops with a tape half written; the same ISID comes back"""
    with windows().login() as s:
        s.clear(0, *server.tapes)
        tape = server.tapes[0]
        before = [ident(s, lun) for lun in (0, *server.tapes)]
        equal(s.command(tape, bytes.fromhex('010000000000')).status, 0)
        for _ in range(10):
            equal(s.command(tape, bytes.fromhex('0a0000020000'), bytes(512)).status, 0)
        s.close(reset=True)
    with windows().login() as s:
        equal([ident(s, lun) for lun in (0, *server.tapes)], before, 'identities')
        assert s.command(tape, TUR).key in ((6, 0x29, 7), (6, 0x29, 0))
        equal(s.command(tape, TUR).status, 0)
        if not daemon.MEMORY:
            position = s.command(tape, bytes.fromhex('34000000000000000000'), read=20)
            equal(int.from_bytes(position.data[4:8], 'big'), 10, 'position')
        for lun in (0, *server.tapes):
            assert s.command(lun, TUR).key not in ((6, 0x3f, 0x0e), (6, 0x28, 0)), lun
            s.clear(lun)


def test_half_open():
    """W11: the old connection is half open and busy; the login takes no 2 seconds; a wrong TSIH is 020a"""
    old = windows().login()
    old.clear(*server.tapes)
    pdu = old.command_pdu(server.tapes[0], bytes.fromhex('0a0004000000'), write=262144, data=bytes(65536))
    old.send(pdu)
    r2t = old.expect(R2T)
    began = time.monotonic()
    with windows().login() as s:
        assert time.monotonic() - began < 2
        try:
            old.answer_r2t(r2t, bytes(262144))
        except Closed:
            pass
        assert old.closed()
        equal([p for p in old.inbox if p.code == SCSI_RESPONSE], [])
        equal(s.command(server.tapes[0], TUR).key, (6, 0x29, 7))
        equal(s.command(server.tapes[0], TUR).status, 0)
        assert s.quiet(0.2), s.inbox
        try:
            windows(tsih=s.tsih + 1).login()
            raise AssertionError('a wrong TSIH works')
        except LoginRefused as e:
            equal(e.status, 0x020a)


def test_escalation():
    """W18: ABORT TASK, LU RESET, warm and cold reset of a drive that is busy"""
    tape = server.tapes[0]
    for function in (1, 5, 6, 7):
        s, b = windows().login(), windows(initiator='iqn.1991-05.com.microsoft:win-b').login()
        for each in (s, b):
            each.clear(0, *server.tapes)
        pdu = s.command_pdu(tape, bytes.fromhex('0a0004000000'), write=262144)
        s.send(pdu)
        s.expect(R2T)
        equal(s.tmf(function, tape, pdu.itt if function == 1 else NO_TAG, pdu.cmd_sn), 0, f'function {function}')
        if function == 7: # the sessions end, as after a power cycle
            assert s.closed() and b.closed()
            s, b = windows().login(), windows(initiator='iqn.1991-05.com.microsoft:win-b').login()
        reset = {5: [tape], 6: [0, *server.tapes]}.get(function, [])
        for each in (s, b):
            for lun in (0, *server.tapes):
                key = each.command(lun, TUR).key
                if lun in reset:
                    assert key in ((6, 0x29, 3), (6, 0x29, 0), (6, 0x29, 2)), (function, lun, key)
                elif function != 7:
                    assert not key or key[0] != 6, (function, lun, key)
                each.clear(lun)
        equal([p for p in s.inbox if p.itt == pdu.itt and p.code == SCSI_RESPONSE], [], 'status of the task')
        s.close()
        b.close()


def test_second_connection():
    """W20: MaxConnections=32 is answered 1, CID 2 with 0206; a second session with another qualifier is welcome"""
    with windows().login() as s:
        try:
            windows(tsih=s.tsih, cid=2).login()
            raise AssertionError('a second connection works')
        except LoginRefused as e:
            equal(e.status, 0x0206)
        s.clear(0)
        with windows(isid=b'\x40\0\1\x37\0\1').login() as other:
            other.clear(0)
            for lun in (0, *server.tapes):
                equal(ident(other, lun), ident(s, lun), f'LUN {lun}')


TESTS = tap.tests_of(globals())


def the_end():
    assert server.stop(), 'the server did not end well'


if __name__ == '__main__':
    with server:
        tap.run(TESTS + [('the server ends well', the_end)])
