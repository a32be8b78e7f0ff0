# SPDX-License-Identifier: Apache-2.0
"""Who may log in and how: the login matrix, stages, sessions that replace sessions."""
import time

from scene import *

server = serve()
session = stranger


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


def ahead(keys, cuts):
    """The last Login Request with commands right behind it, as if it had been answered; sent in pieces."""
    s = session(keys={**DEFAULT_KEYS, **keys})
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    stream = s.pack(s.login_pdu(OPERATIONAL, FULL, s.offer))
    s.keys.update(keys)
    s.login_pdus.append(s.login_pdus[-1])
    s.logged_in()  # what follows has digests
    ping = s.number(Pdu(NOP_OUT, FINAL, b'so soon', itt=0x100, ttt=NO_TAG))
    asked = [s.command_pdu(lun, INQUIRY, read=255) for lun in (server.changer, *server.tapes)]
    heard = s.command_pdu(server.tapes[0], bytes(6))
    data = bytes(range(256)) * 256
    write = s.command_pdu(server.tapes[0], bytes.fromhex('0a0001000000'), write=65536, data=data)
    stream += b''.join(s.pack(pdu) for pdu in (ping, *asked, heard, write))
    digests, s.header_digest, s.data_digest = (s.header_digest, s.data_digest), False, False
    for begin, end in zip([0, *cuts], [*cuts, len(stream)]):
        s.send_raw(stream[begin:end])
        time.sleep(0.005)
    s.login_pdus[-1] = s.receive()
    equal((s.login_pdus[-1].code, s.login_pdus[-1].login_status), (LOGIN_RESPONSE, 0))
    s.logged_in()
    equal((s.header_digest, s.data_digest), digests)
    equal(s.expect(NOP_IN).data, b'so soon')
    equal([s.finish(pdu).status for pdu in (*asked, heard, write)], [0, 0, 0, 2, 0])
    return s


def test_pdus_behind_the_login():
    """commands sent together with the last Login Request are obeyed, in one piece or in many, with digests or without"""
    for header in ('None', 'CRC32C'):
        for data in ('None', 'CRC32C'):
            for cuts in ((), (60,), (48, 400, 700), (1000, 30000, 60000)):
                ahead({'HeaderDigest': header, 'DataDigest': data}, cuts).close()


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
    _, floor = timed(session(initiator='iqn.2026-01.test:floor').login)
    new, took = timed(session().login)
    in_time(took, 2, floor, 'a login')
    with new:
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
        with session(tsih=s.tsih).login() as again:  # the same CID: the connection is made anew
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
    assert server.stop(), 'the server did not end well'
    assert s.closed()
    equal([(p.code, p.async_event) for p in s.inbox if p.code == ASYNC], [(ASYNC, 3)])


if __name__ == '__main__':
    with server:
        tap.run(TESTS + [(test_z_stop.__doc__, test_z_stop)], after=lambda name: name == test_z_stop.__doc__ or still_there(name))
