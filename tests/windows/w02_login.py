# SPDX-License-Identifier: Apache-2.0
"""W02 normal login"""
from host import *

ANSWERS = {
    'HeaderDigest': 'None', 'DataDigest': 'None', 'MaxConnections': '1', 'ErrorRecoveryLevel': '0',
    'InitialR2T': 'Yes', 'ImmediateData': 'Yes', 'MaxOutstandingR2T': '1', 'DefaultTime2Wait': '0',
    'DefaultTime2Retain': '0', 'MaxBurstLength': '262144', 'FirstBurstLength': '65536',
    'DataPDUInOrder': 'Yes', 'DataSequenceInOrder': 'Yes', 'MaxRecvDataSegmentLength': '262144'}


def session(place):
    """A host whose first text has 127 bytes, so that padding is there."""
    target = place.library()['target']
    rest = len(text(Host(place, '').session(target, connect=False).first_login_keys()))
    return Host(place, 'w' * (127 - rest)).session(target)


def checked(s, got):
    equal({k: v for k, v in got.items() if k in ANSWERS}, ANSWERS)
    last = s.login_pdus[-1]
    assert last.tsih and last.flags == 0x87, last
    assert (last.max_cmd_sn - last.exp_cmd_sn) & 0xffffffff >= 7, 'the window is too small for Windows'
    equal([p.tsih for p in s.login_pdus[:-1]], [0] * (len(s.login_pdus) - 1), 'TSIH before the end')
    sns = [p.stat_sn for p in s.login_pdus]
    equal(sns, list(range(sns[0], sns[0] + len(sns))), 'StatSN')
    s.logged_in()
    equal(s.command(0, bytes.fromhex('120000002400'), read=36).status, 0)


def test_login(place):
    """as measured: 127 bytes of text, then all keys"""
    with session(place) as s:
        equal(list(s.first_login_keys()), ['InitiatorName', 'SessionType', 'TargetName', 'AuthMethod'])
        equal(len(text(s.first_login_keys())), 127)
        got = s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        equal(got, {'TargetPortalGroupTag': '1', 'AuthMethod': 'None'})
        equal(s.login_pdus[0].flags, 0x81)
        got = s.login_step(OPERATIONAL, FULL, WINDOWS_NORMAL)
        equal(set(got), set(WINDOWS_NORMAL), 'a key answered that was not offered, or one not answered')
        checked(s, got)


def test_other_order(place):
    """keys in the other order"""
    with session(place) as s:
        s.login_step(SECURITY, OPERATIONAL, list(s.first_login_keys().items())[::-1])
        checked(s, s.login_step(OPERATIONAL, FULL, list(WINDOWS_NORMAL.items())[::-1]))


def test_two_pdus(place):
    """keys split over two PDUs by the C bit, in the middle of a key"""
    with session(place) as s:
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        whole = text(WINDOWS_NORMAL)
        equal(s.login_step(OPERATIONAL, FULL, whole[:101], False, True), {})
        checked(s, s.login_step(OPERATIONAL, FULL, whole[101:]))


def test_unknown_key(place):
    """a key of Microsoft's own: NotUnderstood, and the login goes on"""
    with session(place) as s:
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        got = s.login_step(OPERATIONAL, FULL, {**WINDOWS_NORMAL, 'X-com.microsoft.boot': '1'})
        equal(got.pop('X-com.microsoft.boot'), 'NotUnderstood')
        checked(s, got)


def test_data(place):
    """256 KiB as Windows sends them: 64 KiB at once, the rest by one R2T at a time, each with F"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        data = bytes(range(256)) * 1024
        pdu = tape.session.submit(tape.lun, b'\x0a\0' + len(data).to_bytes(3, 'big') + b'\0', data)
        equal(len(pdu.data), 65536, 'immediate data')
        first = tape.session.expect(R2T, itt=pdu.itt)
        assert tape.session.quiet(0.2), 'a second R2T before the first is answered'
        tape.session.inbox = [first]
        r, at = tape.session.finish(pdu, data), 65536
        equal(r.status, 0)
        for r2t in r.r2ts:
            equal((r2t.bhs[1], r2t.offset), (0x80, at))
            at += r2t.length
        equal(at, len(data))
        tape.good(REWIND)
        equal(tape.good(b'\x08\0\x04\0\0\0', read=262144) == data, True, 'the same bytes')
        tape.blank()
