# SPDX-License-Identifier: Apache-2.0
"""Key negotiation row by row, and what discovery finds."""
from scene import *

server = serve(listen=['127.0.0.1:0', '[::1]:0'])
session = stranger


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


TESTS = tap.tests_of(globals())

if __name__ == '__main__':
    main(TESTS)
