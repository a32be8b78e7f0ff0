# SPDX-License-Identifier: Apache-2.0
"""Who may log in and how: the login matrix, key negotiation, CHAP, sessions that replace sessions."""
import os
import pathlib
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from daemon import Server
from pdu import *
from tap import Skip, equal

server = Server(listen=['127.0.0.1:0', '[::1]:0'])
NAME = 'iqn.2026-01.test:initiator'


def session(**how):
    how.setdefault('target', server.target)
    return Session(server.address, **how)


def refused(wanted, act, *args, **more):
    try:
        act(*args, **more)
    except LoginRefused as e:
        equal(f'{e.status:04x}', f'{wanted:04x}', 'login status')
        return
    raise AssertionError(f'not refused with {wanted:04x}')


# --- statuses ---

def first(keys, csg=SECURITY, nsg=OPERATIONAL, wanted=None, transit=True, more=False, change=None, **how):
    """One Login Request with these keys; the response's keys, or the refusal and a closed connection."""
    s = session(**how)
    pdu = s.login_pdu(csg, nsg, keys, transit, more)
    for name, value in (change or {}).items():
        setattr(pdu, name, value)
    s.send(pdu)
    answer = s.receive()
    equal(answer.code, LOGIN_RESPONSE, 'PDU code')
    equal(f'{answer.login_status:04x}', f'{wanted or 0:04x}', 'login status')
    if wanted:
        assert s.closed(), 'the connection stays open after a refusal'
    s.close()
    return answer


def normal(**changes):
    keys = {'InitiatorName': NAME, 'SessionType': 'Normal', 'TargetName': server.target, 'AuthMethod': 'None'}
    keys.update(changes)
    return {k: v for k, v in keys.items() if v is not None}


MATRIX = [
    ('no InitiatorName: 0207', lambda: first(normal(InitiatorName=None), wanted=0x0207)),
    ('no TargetName: 0207', lambda: first(normal(TargetName=None), wanted=0x0207)),
    ('no keys at all: 0207', lambda: first({}, wanted=0x0207)),
    ('unknown target: 0203', lambda: first(normal(TargetName='iqn.2026-01.test:no'), wanted=0x0203)),
    ('SessionType of no kind: 0209', lambda: first(normal(SessionType='Other'), wanted=0x0209)),
    ('a version too new: 0205', lambda: first(normal(), wanted=0x0205, change={'version_max': 2, 'version_min': 1})),
    ('versions 0 to 9: ours is in it', lambda: first(normal(), change={'version_max': 9})),
    ('an initiator that is denied: 0202', lambda: first(normal(InitiatorName=daemon.DENIED_NAME), wanted=0x0202)),
    ('AuthMethod=None where CHAP is needed: 0201', lambda: first(normal(InitiatorName=daemon.CHAP_NAME), wanted=0x0201)),
    ('no AuthMethod where CHAP is needed: 0201',
     lambda: first(normal(InitiatorName=daemon.CHAP_NAME, AuthMethod=None), wanted=0x0201)),
    ('straight to the operational stage where CHAP is needed: 0201',
     lambda: first(normal(InitiatorName=daemon.CHAP_NAME, AuthMethod=None), csg=1, nsg=3, wanted=0x0201)),
    ('only an AuthMethod we lack: 0201', lambda: first(normal(AuthMethod='KRB5,SRP'), wanted=0x0201)),
    ('TSIH that does not exist: 020a', lambda: first(normal(), wanted=0x020a, tsih=0x7777)),
    ('T and C together: 0200', lambda: first(normal(), transit=True, more=True, wanted=0x0200)),
    ('stage 2: 0200', lambda: first(normal(), csg=2, nsg=3, wanted=0x0200)),
    ('next stage 2: 0200', lambda: first(normal(), nsg=2, wanted=0x0200)),
    ('back to the security stage: 0200', lambda: first(normal(), csg=1, nsg=0, wanted=0x0200)),
    ('the same stage as the next one: 0200', lambda: first(normal(), nsg=0, wanted=0x0200)),
    ('I bit not set: 0200', lambda: not_immediate()),
    ('a key without =: 0200', lambda: first(b'InitiatorName\0', wanted=0x0200)),
    ('text without a NUL at its end: 0200', lambda: first(b'InitiatorName=iqn.x', wanted=0x0200)),
    ('a key said twice: 0200', lambda: first(text(normal()) + text({'InitiatorName': NAME}), wanted=0x0200)),
    ('an initiator name of 224 bytes: 0200', lambda: first(normal(InitiatorName='i' * 224), wanted=0x0200)),
    ('an initiator name of 223 bytes', lambda: first(normal(InitiatorName='iqn.' + 'i' * 219))),
    ('an initiator name with a control character: 0200',
     lambda: first(normal(InitiatorName='iqn.2026-01.a:\x1b[31m'), wanted=0x0200)),
    ('an initiator name with format directives is just a name',
     lambda: first(normal(InitiatorName='iqn.2026-01.a:%n%s%n'))),
    ('names are folded to lower case', lambda: first(normal(TargetName=server.target.upper()))),
    ('a key of 64 characters: 0200', lambda: first(normal(**{'X' * 64: '1'}), wanted=0x0200)),
    ('a value of 256 bytes: 0200', lambda: first(normal(InitiatorAlias='a' * 256), wanted=0x0200)),
    ('a value of 255 bytes', lambda: first(normal(InitiatorAlias='a' * 255))),
]


def not_immediate():
    s = session()
    pdu = s.login_pdu(0, 1, normal())
    pdu.bhs[0] = LOGIN
    s.send(pdu)
    equal(s.receive().login_status, 0x0200)
    s.close()


def test_first_pdu_is_no_login():
    """the first PDU is no Login Request: the connection closes without a word"""
    for code in (NOP_OUT, SCSI_COMMAND, TEXT, LOGOUT, 0x1f, 0x3f):
        s = session()
        s.send(Pdu(code, FINAL, immediate=True, itt=1))
        assert s.closed(), code
        equal(s.inbox, [], 'PDUs')
        s.close()


def test_other_pdu_in_login():
    """another PDU in the middle of a login: 020b"""
    s = session()
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    s.send(s.number(Pdu(NOP_OUT, FINAL, itt=1, ttt=NO_TAG)))
    equal(f'{s.receive().login_status:04x}', '020b')
    assert s.closed()


def test_change_in_login():
    """ISID, TSIH and CID may not change during a login"""
    for name, value in (('isid', b'\x40\0\1\x37\0\7'), ('tsih', 5), ('cid', 9)):
        s = session()
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        setattr(s, name, value)
        refused(0x0200, s.login_step, OPERATIONAL, FULL, {})
        s.close()


def test_stage_skipped():
    """a request for a stage that is not the current one: 0200"""
    s = session()
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
    refused(0x0200, s.login_step, OPERATIONAL, FULL, {})


def test_security_straight_to_full():
    """from the security stage straight to the full feature phase"""
    with session() as s:
        s.login_step(SECURITY, FULL, s.first_login_keys())
        assert s.login_pdus[-1].tsih, 'no TSIH in the final answer'
        s.logged_in()
        equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_operational_only():
    """a login that begins with the operational stage, names and numbers in one request"""
    with session() as s:
        got = s.login_step(OPERATIONAL, FULL, {**s.first_login_keys(), 'AuthMethod': None, **s.offer} | {})
        s.logged_in()
        equal(got.get('AuthMethod'), 'Reject')
        equal(got['TargetPortalGroupTag'], '1')
        equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_login_without_transit():
    """requests that do not ask to go on are answered in their stage"""
    with session() as s:
        for _ in range(3):
            s.login_step(SECURITY, SECURITY, s.first_login_keys() if not s.login_pdus else {}, False)
            equal(s.login_pdus[-1].flags, 0)
        s.login_step(SECURITY, OPERATIONAL, {})
        for _ in range(3):
            s.login_step(OPERATIONAL, OPERATIONAL, {}, False)
            equal(s.login_pdus[-1].flags, 4)
        s.login_step(OPERATIONAL, FULL, {})
        equal(s.login_pdus[-1].flags, 0x87)
        equal([p.tsih for p in s.login_pdus[:-1]], [0] * 7)
        assert s.login_pdus[-1].tsih


def test_numbers_in_login():
    """CmdSN, StatSN and the window during and after login, near the wrap too"""
    for start in (0, 1, 0x7fffffff, 0xfffffff0, 0xffffffff):
        with session(cmd_sn=start) as s:
            s.exp_stat_sn = (start + 5) & 0xffffffff
            s.login()
            equal(s.login_pdus[0].exp_cmd_sn, start, 'ExpCmdSN')
            equal([p.stat_sn for p in s.login_pdus], [(start + 5 + i) & 0xffffffff for i in range(2)], 'StatSN')
            last = s.login_pdus[-1]
            assert (last.max_cmd_sn - last.exp_cmd_sn) & 0xffffffff >= 7, 'window too small'
            for _ in range(40):
                equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


# --- keys ---

def negotiate(offer, wanted, discovery=False, initiator=NAME):
    s = session(initiator=initiator, target=None if discovery else server.target, keys=offer)
    s.login()
    got = {k: v for k, v in s.keys.items() if k not in ('AuthMethod', 'TargetPortalGroupTag')}
    s.close()
    equal(got, wanted)


ROWS = [
    # name, offer, answer
    ('nothing offered, nothing answered', {}, {}),
    ('HeaderDigest=CRC32C,None', {'HeaderDigest': 'CRC32C,None'}, {'HeaderDigest': 'CRC32C'}),
    ('HeaderDigest=None,CRC32C', {'HeaderDigest': 'None,CRC32C'}, {'HeaderDigest': 'None'}),
    ('DataDigest=X,CRC32C', {'DataDigest': 'X,CRC32C'}, {'DataDigest': 'CRC32C'}),
    ('DataDigest of unknown kinds', {'DataDigest': 'X,Y'}, {'DataDigest': 'Reject'}),
    ('MaxConnections=32', {'MaxConnections': '32'}, {'MaxConnections': '1'}),
    ('MaxConnections=0 is out of range', {'MaxConnections': '0'}, {'MaxConnections': 'Reject'}),
    ('InitialR2T=No', {'InitialR2T': 'No'}, {'InitialR2T': 'No'}),
    ('InitialR2T=Yes', {'InitialR2T': 'Yes'}, {'InitialR2T': 'Yes'}),
    ('InitialR2T=Maybe', {'InitialR2T': 'Maybe'}, {'InitialR2T': 'Reject'}),
    ('ImmediateData=No', {'ImmediateData': 'No'}, {'ImmediateData': 'No'}),
    ('ImmediateData=Yes', {'ImmediateData': 'Yes'}, {'ImmediateData': 'Yes'}),
    ('MaxBurstLength below ours', {'MaxBurstLength': '65536'}, {'MaxBurstLength': '65536'}),
    ('MaxBurstLength above ours', {'MaxBurstLength': '16777215'}, {'MaxBurstLength': '1048576'}),
    ('MaxBurstLength=16777216 is out of range', {'MaxBurstLength': '16777216'}, {'MaxBurstLength': 'Reject'}),
    ('MaxBurstLength=511 is out of range', {'MaxBurstLength': '511'}, {'MaxBurstLength': 'Reject'}),
    ('MaxBurstLength in hexadecimal', {'MaxBurstLength': '0x10000'}, {'MaxBurstLength': '65536'}),
    ('MaxBurstLength of a number of 30 digits', {'MaxBurstLength': '9' * 30}, {'MaxBurstLength': 'Reject'}),
    ('MaxBurstLength negative', {'MaxBurstLength': '-1'}, {'MaxBurstLength': 'Reject'}),
    ('MaxBurstLength with letters', {'MaxBurstLength': '65536k'}, {'MaxBurstLength': 'Reject'}),
    ('MaxBurstLength empty', {'MaxBurstLength': ''}, {'MaxBurstLength': 'Reject'}),
    ('FirstBurstLength above ours', {'FirstBurstLength': '1048576'}, {'FirstBurstLength': '262144'}),
    ('FirstBurstLength never above MaxBurstLength', {'MaxBurstLength': '65536', 'FirstBurstLength': '131072'},
     {'MaxBurstLength': '65536', 'FirstBurstLength': '65536'}),
    ('MaxRecvDataSegmentLength is declared by each side', {'MaxRecvDataSegmentLength': '65536'},
     {'MaxRecvDataSegmentLength': '262144'}),
    ('MaxRecvDataSegmentLength=100 is out of range', {'MaxRecvDataSegmentLength': '100'},
     {'MaxRecvDataSegmentLength': 'Reject'}),
    ('MaxOutstandingR2T=16', {'MaxOutstandingR2T': '16'}, {'MaxOutstandingR2T': '8'}),
    ('MaxOutstandingR2T=1', {'MaxOutstandingR2T': '1'}, {'MaxOutstandingR2T': '1'}),
    ('DefaultTime2Wait=5', {'DefaultTime2Wait': '5'}, {'DefaultTime2Wait': '5'}),
    ('DefaultTime2Retain=60', {'DefaultTime2Retain': '60'}, {'DefaultTime2Retain': '0'}),
    ('DataPDUInOrder=No', {'DataPDUInOrder': 'No'}, {'DataPDUInOrder': 'Yes'}),
    ('DataSequenceInOrder=No', {'DataSequenceInOrder': 'No'}, {'DataSequenceInOrder': 'Yes'}),
    ('ErrorRecoveryLevel=2', {'ErrorRecoveryLevel': '2'}, {'ErrorRecoveryLevel': '0'}),
    ('ErrorRecoveryLevel=3 is out of range', {'ErrorRecoveryLevel': '3'}, {'ErrorRecoveryLevel': 'Reject'}),
    ('iSCSIProtocolLevel=2', {'iSCSIProtocolLevel': '2'}, {'iSCSIProtocolLevel': '1'}),
    ('TaskReporting', {'TaskReporting': 'FastAbort,RFC3720'}, {'TaskReporting': 'RFC3720'}),
    ('markers are obsolete but known', {'IFMarker': 'No', 'OFMarker': 'Yes', 'OFMarkInt': '1~65535'},
     {'IFMarker': 'No', 'OFMarker': 'No', 'OFMarkInt': 'Reject'}),
    ('an unknown key', {'X-com.microsoft.test': '1'}, {'X-com.microsoft.test': 'NotUnderstood'}),
    ('an unknown key of 63 characters', {'X' * 63: '1'}, {'X' * 63: 'NotUnderstood'}),
    ('an alias is not answered', {'InitiatorAlias': 'me'}, {}),
    ('keys that only a target sends', {'TargetAlias': 'x', 'TargetAddress': 'y'},
     {'TargetAlias': 'Reject', 'TargetAddress': 'Reject'}),
    ('SendTargets is not for login', {'SendTargets': 'All'}, {'SendTargets': 'Reject'}),
]


def test_keys_by_rows():
    """every rule of negotiation, row by row"""
    for name, offer, wanted in ROWS:
        try:
            negotiate(offer, wanted)
        except Exception as e:
            raise AssertionError(f'{name}: {e}') from e


def test_keys_of_discovery():
    """in a discovery session, keys of normal ones are Irrelevant"""
    negotiate({'MaxBurstLength': '65536', 'InitialR2T': 'No', 'DefaultTime2Wait': '3', 'HeaderDigest': 'CRC32C'},
              {'MaxBurstLength': 'Irrelevant', 'InitialR2T': 'Irrelevant', 'DefaultTime2Wait': '3',
               'HeaderDigest': 'CRC32C'}, discovery=True)


def test_keys_of_windows():
    """Windows by its name is told InitialR2T=Yes, wherever the name stands"""
    name = 'iqn.1991-05.com.microsoft:win-a'
    negotiate({'InitialR2T': 'No', 'ImmediateData': 'Yes'}, {'InitialR2T': 'Yes', 'ImmediateData': 'Yes'}, initiator=name)
    with session(initiator=name) as s:
        got = s.login_step(OPERATIONAL, FULL, [('InitialR2T', 'No'), ('InitiatorName', name), ('TargetName', server.target)])
        equal(got['InitialR2T'], 'Yes')


def test_keys_in_pieces():
    """a request split by the C bit, even in the middle of a key, in 1-byte and in odd pieces"""
    for piece in (1, 7, 64, 127):
        with session() as s:
            s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
            whole = text(WINDOWS_NORMAL)
            while len(whole) > piece:
                s.login_step(OPERATIONAL, FULL, whole[:piece], False, True)
                equal((s.login_pdus[-1].flags, s.login_pdus[-1].data), (4, b''))
                whole = whole[piece:]
                if piece == 1 and len(whole) < 300:
                    break
            s.login_step(OPERATIONAL, FULL, whole)
            equal(s.keys['ErrorRecoveryLevel'], '0')
            s.logged_in()
            equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_keys_on_many_requests():
    """one key per request, in both stages"""
    with session() as s:
        for pair in s.first_login_keys().items():
            s.login_step(SECURITY, OPERATIONAL, [pair], False) if pair[0] not in ('InitiatorName',) else \
                s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
            if pair[0] == 'InitiatorName':
                break
        s.login_step(SECURITY, OPERATIONAL, {})
        for pair in WINDOWS_NORMAL.items():
            got = s.login_step(OPERATIONAL, OPERATIONAL, [pair], False)
            equal(list(got), [pair[0]], 'keys answered')
        s.login_step(OPERATIONAL, FULL, {})


def test_too_many_keys():
    """64 keys and 64 KiB are the end of patience"""
    s = session()
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    refused(0x0200, s.login_step, OPERATIONAL, FULL, {f'X-key{i}': '1' for i in range(100)})
    s = session()
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())

    def flood():
        for _ in range(20):
            s.login_step(OPERATIONAL, FULL, b'X-a=' + b'b' * 8000, False, True)
    refused(0x0200, flood)


# --- discovery ---

def test_discovery():
    """SendTargets: All, a name, an unknown name; one address per portal, IPv6 in brackets"""
    with Session(server.address).login() as s:
        found = s.send_targets('All')
        equal(list(found), [server.target])
        portals = [f'[{h}]:{p},1' if ':' in h else f'{h}:{p},1' for h, p in server.portals]
        equal(sorted(found[server.target]), sorted(portals))
        equal(found[server.target][0], portals[0], 'the portal it came by is first')
        equal(list(s.send_targets(server.target)), [server.target])
        equal(s.send_targets('iqn.2026-01.test:no'), {})
        equal(s.text_exchange({'SendTargets': ''}), [('SendTargets', 'Reject')])
        equal(s.logout(), 0)


def test_discovery_over_ipv6():
    """the same over IPv6"""
    v6 = [p for p in server.portals if ':' in p[0]]
    if not v6:
        raise Skip('no IPv6 on this machine')
    with Session(v6[0]).login() as s:
        assert s.send_targets()[server.target][0].startswith('[::1]:')
    with Session(v6[0], server.target).login() as s:
        equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_discovery_in_normal_session():
    """in a normal session an empty SendTargets means this target, All is refused"""
    with session().login() as s:
        equal(list(s.send_targets('')), [server.target])
        equal(list(s.send_targets(server.target)), [server.target])
        equal(s.text_exchange({'SendTargets': 'All'}), [('SendTargets', 'Reject')])


def test_discovery_shows_nothing():
    """an initiator that may not log in may not discover"""
    s = Session(server.address, initiator=daemon.DENIED_NAME)
    refused(0x0202, s.login)


def test_discovery_refuses_commands():
    """a discovery session takes no SCSI commands"""
    with Session(server.address).login() as s:
        pdu = s.command_pdu(0, bytes(6))
        s.send(pdu)
        equal(s.expect(REJECT).reason, 4)


def test_text_in_pieces():
    """a Text Request split by the C bit, and keys of the full feature phase"""
    with session().login() as s:
        itt = s.itt()
        s.send(s.number(Pdu(TEXT, CONTINUE, b'Send', itt=itt, ttt=NO_TAG)))
        more = s.expect(TEXT_RESPONSE)
        equal((more.final, more.data, more.ttt == NO_TAG), (False, b'', False))
        s.send(s.number(Pdu(TEXT, FINAL, b'Targets=\0', itt=itt, ttt=more.ttt)))
        got = s.expect(TEXT_RESPONSE)
        equal(parse_text(got.data)[0], ('TargetName', server.target))
        equal(s.text_exchange({'X-foo': '1', 'MaxBurstLength': '512', 'MaxRecvDataSegmentLength': '512'}),
              [('X-foo', 'NotUnderstood'), ('MaxBurstLength', 'Reject')])
        r = s.command(0, bytes.fromhex('a00000000000000010000000'), read=4096)
        equal(r.status, 0)


def test_text_out_of_order():
    """a Text Request with a tag nobody gave is refused"""
    with session().login() as s:
        s.send(s.number(Pdu(TEXT, FINAL, text({'SendTargets': ''}), itt=9, ttt=0x1234)))
        equal(s.expect(REJECT).reason, 4)


# --- CHAP ---

def chap(name, **how):
    how.setdefault('user', daemon.USER)
    how.setdefault('secret', daemon.SECRET)
    return session(initiator=name, chap=Chap(**how))


def test_chap_algorithms():
    """one-way CHAP with every algorithm, hexadecimal and base64"""
    for algorithms, chosen in (('5', 5), ('6', 6), ('7', 7), ('8', 8), ('7,5', 7), ('99,6,5', 6)):
        for coding in ('hex', 'base64'):
            with chap(daemon.CHAP_NAME, algorithms=algorithms, coding=coding).login() as s:
                equal(s.chap.algorithm, chosen)
                equal(len(s.chap.challenges[0]), {5: 16, 6: 20, 7: 32, 8: 32}[chosen])
                equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_chap_mutual():
    """mutual CHAP: the target proves itself"""
    for algorithms in '5678':
        with chap(daemon.MUTUAL_NAME, target=daemon.TARGET_SECRET, algorithms=algorithms).login() as s:
            equal(s.chap.answered['CHAP_N'], daemon.TARGET_USER)
            assert s.chap.target_proven(s.chap.answered)


def test_chap_wrong():
    """a wrong secret, user, length or algorithm: 0201 and the connection closes"""
    for how in ({'secret': 'wrong-secret-'}, {'user': 'other'}, {'algorithms': '99'}, {'algorithms': ''}):
        s = chap(daemon.CHAP_NAME, **how)
        refused(0x0201, s.login)
        assert s.closed()
    for answer in ({'CHAP_N': daemon.USER, 'CHAP_R': '0x00'}, {'CHAP_N': daemon.USER}, {'CHAP_R': '0x' + '00' * 16},
                   {'CHAP_N': daemon.USER, 'CHAP_R': '0x' + '0' * 2048}, {'CHAP_N': daemon.USER, 'CHAP_R': 'zz'}, {}):
        s = chap(daemon.CHAP_NAME)
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
        s.login_step(SECURITY, OPERATIONAL, {'CHAP_A': '5'}, False)
        refused(0x0201, s.login_step, SECURITY, OPERATIONAL, answer)
        s.close()


def test_chap_reflection():
    """our own challenge played back: 0201"""
    refused(0x0201, chap(daemon.MUTUAL_NAME, target=daemon.TARGET_SECRET, reflect=True).login)


def test_chap_mutual_not_configured():
    """the target is asked to prove itself but has no secret: 0201"""
    refused(0x0201, chap(daemon.CHAP_NAME, target='whatever-12-b').login)


def test_chap_same_secret():
    """one secret for both ways: 0201"""
    if not daemon.MEMORY:
        raise Skip('the command line refuses such a rule before')
    refused(0x0201, chap(daemon.SAME_NAME, target=daemon.SECRET).login)


def test_chap_not_done():
    """asking to go on in the middle of CHAP does not help"""
    s = chap(daemon.CHAP_NAME)
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    equal(s.login_pdus[-1].flags, 0)
    s.login_step(SECURITY, FULL, {'CHAP_A': '5'})
    equal(s.login_pdus[-1].flags, 0)
    refused(0x0200, s.login_step, OPERATIONAL, FULL, {})


def test_chap_challenges_differ():
    """100 challenges are 100 different ones"""
    seen = set()
    for _ in range(100):
        s = chap(daemon.CHAP_NAME)
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
        seen.add(s.login_step(SECURITY, OPERATIONAL, {'CHAP_A': '5'}, False)['CHAP_C'])
        s.close()
    equal(len(seen), 100)


def test_chap_offered_but_not_needed():
    """CHAP,None offered where no CHAP is needed: None"""
    with session(chap=Chap('a', 'b')).login() as s:
        equal(s.keys['AuthMethod'], 'None')
    refused(0x0201, lambda: session(first_keys={'AuthMethod': 'CHAP'}).login())


# --- sessions ---

def start_write(s, size=262144):
    """A WRITE whose data is owed: it sits in the drive until it comes or is aborted."""
    pdu = s.command_pdu(server.tapes[0], bytes.fromhex('0a00') + size.to_bytes(3, 'big') + b'\0', write=size)
    s.send(pdu)
    s.expect(R2T, itt=pdu.itt)
    return pdu


def test_reinstatement():
    """same name and ISID, TSIH 0, over a half-open connection with a WRITE outstanding: at once"""
    old = session().login()
    old.clear(*server.tapes)
    start_write(old)
    began = time.monotonic()
    with session().login() as new:
        assert time.monotonic() - began < 2, 'too slow'
        assert new.tsih != 0
        assert old.closed(), 'the old connection stays'
        equal([p for p in old.inbox if p.code == SCSI_RESPONSE], [], 'statuses on the old connection')
        equal(new.command(server.tapes[0], bytes(6)).key, (6, 0x29, 7), 'nexus loss')
        equal(new.command(server.tapes[0], bytes(6)).status, 0)
        assert new.quiet(0.3), 'something of the old session on the new one'


def test_reinstatement_again_and_again():
    """twenty times in a row, each replacing the one before"""
    sessions = [session().login() for _ in range(20)]
    for s in sessions[:-1]:
        assert s.closed()
    equal(sessions[-1].command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)
    for s in sessions:
        s.close()


def test_other_sessions_stay():
    """another ISID or another name is another session; the same ISID under two names too"""
    with session().login() as a, session(isid=b'\x40\0\1\x37\0\1').login() as b, \
            session(initiator='iqn.2026-01.test:other').login() as c, Session(server.address).login() as d:
        equal(len({a.tsih, b.tsih, c.tsih, d.tsih}), 4)
        for s in (a, b, c):
            equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)
        equal(list(d.send_targets()), [server.target])


def test_tsih_rules():
    """a wrong TSIH: 020a; the right one with another CID: 0206 and the session is unharmed"""
    with session().login() as s:
        refused(0x020a, session(tsih=(s.tsih + 77) & 0xffff or 1).login)
        refused(0x020a, session(tsih=s.tsih, isid=b'\x40\0\1\x37\0\5').login)
        refused(0x0206, session(tsih=s.tsih, cid=2).login)
        equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)
        with session(tsih=s.tsih).login() as again: # the same CID: the connection is made anew
            equal(again.tsih, s.tsih)
            assert s.closed()
            equal(again.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_dropped_and_back():
    """FIN and RST in the middle of things; back at once with the same names"""
    for reset in (False, True):
        s = session().login()
        s.clear(*server.tapes)
        start_write(s)
        s.close(reset)
        with session().login() as s:
            equal(s.command(server.tapes[0], bytes(6)).key, (6, 0x29, 7))
            equal(s.command(server.tapes[0], bytes(6)).status, 0)


TESTS = MATRIX + tap.tests_of(globals())


def still_there(name):
    assert server.alive(), 'the server died'


def test_z_stop():
    """sessions are told when the server stops, and it stops in time"""
    s = session().login()
    began = time.monotonic()
    assert server.stop(), 'the server did not end well'
    assert time.monotonic() - began < 8
    assert s.closed()
    equal([(p.code, p.async_event) for p in s.inbox if p.code == ASYNC], [(ASYNC, 3)])


if __name__ == '__main__':
    with server:
        tap.run(TESTS + [(test_z_stop.__doc__, test_z_stop)], after=lambda name: name == test_z_stop.__doc__ or still_there(name))
