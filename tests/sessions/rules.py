# SPDX-License-Identifier: Apache-2.0
"""Rules of RFC 7143, a row each: the window at 2^32, R2Ts, expected lengths of nothing, TSIH and CID."""
from scene import *

server = Scene()
TAPE = 1


# --- the command window at the wrap (4.2.2.1) ---

def fill(s, size=4096):
    """WRITEs that owe all their data, until the window is full."""
    pdus = []
    while (s.max_cmd_sn - s.cmd_sn + 1) & 0xffffffff:
        assert len(pdus) < 300, 'the window never closes'
        pdus.append(s.command_pdu(TAPE, write6(size), write=size))
        s.send(pdus[-1])
        if not (s.max_cmd_sn - s.cmd_sn + 1) & 0xffffffff:
            while s.gather(0.05):
                pass
    return pdus


def full_at(start):
    """A window that fills up and is worked off while CmdSN passes 2^32."""
    with server.login(keys=SILENT, cmd_sn=start, clear=False) as s:
        s.clear(0, TAPE)
        s.command(TAPE, REWIND)
        for _ in range(2):
            pdus = fill(s)
            assert 16 <= len(pdus) <= 128, len(pdus)
            equal((s.exp_cmd_sn, s.max_cmd_sn), (s.cmd_sn, (s.cmd_sn - 1) & 0xffffffff), 'a window of none')
            beyond = s.command_pdu(TAPE, TUR)
            s.send(beyond)                                   # as if it had not been sent
            behind = s.command_pdu(TAPE, TUR)
            behind.cmd_sn = (s.cmd_sn - 200) & 0xffffffff
            s.send(behind)
            s.cmd_sn = beyond.cmd_sn
            equal(s.nop(b'at any time', immediate=True).data, b'at any time')
            for pdu in pdus:
                equal(s.finish(pdu, bytes(4096)).status, 0)
            equal([p.itt for p in s.inbox if p.itt in (beyond.itt, behind.itt)], [])
            equal(s.exp_cmd_sn, s.cmd_sn)
        equal(position(s, TAPE), 2 * len(pdus))


def abort_at_wrap():
    """ABORT TASK across the wrap: of a task there, of one that waits for its turn, of one that never came"""
    with server.login(keys=SILENT, cmd_sn=0xfffffff0, clear=False) as s:
        s.clear(0, TAPE)
        s.cmd_sn = 0xfffffff0 if s.cmd_sn < 0xfffffff0 else s.cmd_sn
        while s.cmd_sn != 0xfffffffe:
            s.command(TAPE, TUR)
        there = owe(s, TAPE)                                 # fffffffe
        missing = s.cmd_sn                                   # ffffffff never comes
        s.cmd_sn = 0
        held = s.submit(TAPE, TUR)                           # 0
        later = s.submit(TAPE, TUR)                          # 1
        equal(s.tmf(ABORT_TASK, TAPE, held.itt, held.cmd_sn), 0)
        equal(s.tmf(ABORT_TASK, TAPE, 0x777, missing), 0)
        equal(s.tmf(ABORT_TASK, TAPE, there.itt, there.cmd_sn), 0)
        equal(s.finish(later).status, 0)
        equal([p.itt for p in s.inbox if p.itt in (there.itt, held.itt)], [])
        equal(s.exp_cmd_sn, 2)


def immediate_at_the_edge():
    """immediate commands carry the CmdSN of the next one and use none up, in a full window too"""
    with server.login(keys=SILENT, cmd_sn=0xffffffc0, clear=False) as s:
        s.clear(0, TAPE)
        pdus = fill(s)
        sn = s.cmd_sn
        equal(s.command(0, INQUIRY, read=255, immediate=True).status, 0)
        equal(s.tmf(ABORT_TASK_SET, TAPE), 0)
        equal(s.cmd_sn, sn)
        while s.gather(0.1):
            pass
        equal([p for p in s.inbox if p.itt in {q.itt for q in pdus} and p.code == SCSI_RESPONSE], [])
        assert (s.max_cmd_sn - s.cmd_sn) & 0xffffffff >= 15, 'the window stays closed'
        equal(s.command(TAPE, TUR).status, 0)


# --- R2T and DataSN (11.7, 11.8) ---

# MaxBurstLength, FirstBurstLength, MaxOutstandingR2T, InitialR2T, ImmediateData, bytes of the WRITE
BURSTS = [
    (4096, 4096, 1, 'Yes', 'No', 65536),
    (4096, 4096, 4, 'Yes', 'No', 65536),
    (4096, 4096, 16, 'Yes', 'No', 100001),
    (8192, 2048, 2, 'Yes', 'Yes', 50000),
    (65536, 8192, 3, 'No', 'No', 262144),
    (1048576, 65536, 8, 'Yes', 'No', 4 << 20),
    (512, 512, 8, 'Yes', 'No', 5000),
]


def bursts(max_burst, first, outstanding, initial, immediate, size):
    """No more R2Ts at a time than agreed, none longer than a burst, each where the one before ended."""
    keys = {'MaxBurstLength': str(max_burst), 'FirstBurstLength': str(first), 'MaxOutstandingR2T': str(outstanding),
            'InitialR2T': initial, 'ImmediateData': immediate}
    with server.login(keys=keys) as s:
        s.command(TAPE, REWIND)
        data = bytes(range(256)) * (size // 256 + 1)
        data = data[:size]
        most = s.value('MaxOutstandingR2T', 1)
        assert most <= outstanding
        now = data[:first] if immediate == 'Yes' else b''
        unsolicited = initial == 'No'
        pdu = s.command_pdu(TAPE, write6(size), write=size, data=now, final=not unsolicited)
        s.send(pdu)
        at = len(now)
        if unsolicited:
            s.send(Pdu(DATA_OUT, FINAL, data[at:first], lun=pdu.lun, itt=pdu.itt, ttt=NO_TAG,
                       exp_stat_sn=s.exp_stat_sn, offset=at))
            at = first
        s.gather(0.1)
        asked = len([p for p in s.inbox if p.code == R2T])
        assert 1 <= asked <= most, f'{asked} R2Ts at once, {most} were agreed'
        number = 0
        while at < size:
            r2t = s.expect(R2T, itt=pdu.itt)
            waiting = {p.ttt for p in s.inbox}
            equal((r2t.offset, r2t.r2t_sn, r2t.final), (at, number, True))
            assert 0 < r2t.length <= max_burst and r2t.ttt != NO_TAG and r2t.ttt not in waiting, r2t
            equal((r2t.stat_sn, r2t.lun), (s.exp_stat_sn, pdu.lun), 'an R2T takes no StatSN')
            assert len(waiting) < most, waiting
            s.answer_r2t(r2t, data)
            at, number = at + r2t.length, number + 1
        s.r2ts_seen[pdu.itt] = number
        equal(s.finish(pdu).status, 0)
        s.command(TAPE, REWIND)
        r = s.command(TAPE, read6(size), read=size)
        assert r.data == data, 'other bytes came back'
        equal([p.data_sn for p in r.data_ins], list(range(len(r.data_ins))), 'DataSN')


# --- expected lengths of nothing (11.3.4), for what moves things too ---

# CDB, LUN, what it would send back.  Where that is more than nothing: overflow by as much, and GOOD.
NOTHING = [
    ('TEST UNIT READY', TUR, TAPE, 0),
    ('INQUIRY', bytes.fromhex('120000002400'), TAPE, 36),
    ('INQUIRY, page 80h', bytes.fromhex('120180000e00'), TAPE, 14),
    ('REPORT LUNS', bytes.fromhex('a00000000000000000100000'), TAPE, 16),
    ('READ POSITION', READ_POSITION, TAPE, 20),
    ('READ BLOCK LIMITS', bytes.fromhex('050000000000'), TAPE, 6),
    ('MODE SENSE', bytes.fromhex('1a0800000400'), TAPE, 4),
    ('REWIND', REWIND, TAPE, 0),
    ('ERASE, short', bytes.fromhex('190000000000'), TAPE, 0),
    ('LOAD', bytes.fromhex('1b0000000100'), TAPE, 0),
    ('PREVENT, then ALLOW', ALLOW, TAPE, 0),
    ('WRITE of nothing', write6(0), TAPE, 0),
    ('READ of nothing', read6(0), TAPE, 0),
    ('WRITE FILEMARKS of none', bytes.fromhex('100000000000'), TAPE, 0),
    ('MODE SELECT of nothing', bytes.fromhex('151000000000'), TAPE, 0),
    ('INITIALIZE ELEMENT STATUS', bytes.fromhex('070000000000'), 0, 0),
    ('READ ELEMENT STATUS, its header', bytes.fromhex('b81000000000000000080000'), 0, 8),
]


def nothing(cdb, lun, wanted):
    with server.login() as s:
        r = s.command(lun, cdb)
        equal((r.status, r.data, r.residual), (0, b'', -wanted))
        equal(s.command(lun, TUR).status, 0)


def moves_with_nothing():
    """MOVE MEDIUM, EXCHANGE MEDIUM, FORMAT MEDIUM, UNLOAD with no length expected: an answer, no hang"""
    with server.login() as s:
        for lun, cdb in ((0, bytes.fromhex('a50000000000000000000000')), (0, bytes.fromhex('a60000000000000000000000')),
                         (TAPE, bytes.fromhex('040000000000')), (2, bytes.fromhex('1b0000000000')),
                         (2, bytes.fromhex('1b0000000100'))):
            for way in ({}, {'read': 64}, {'write': bytes(64)}):
                assert s.command(lun, cdb, **way).status is not None, cdb.hex()
        s.clear(*server.tapes)
        equal(s.command(2, TUR).status, 0)


# --- TSIH and CID (6.3.5, 11.12.5, 11.12.6) ---

def login(**how):
    return server.login(clear=False, **how)


def new_tsihs():
    """every new session gets a TSIH of its own, never 0, none that is in use"""
    open_ = [login(isid=ISID[:5] + bytes([i])) for i in range(20)]
    equal(len({s.tsih for s in open_} - {0}), 20)
    for s in open_:
        s.close()


# Which TSIH, ISID, CID, name and target a second login says, next to a session of CID 1; and the answer.
SECOND = [
    ('the session\'s TSIH, another CID: too many connections', {'cid': 2}, 0x0206),
    ('the session\'s TSIH, CID 0: too many connections', {'cid': 0}, 0x0206),
    ('the session\'s TSIH, another ISID: no such session', {'isid': ISID[:5] + b'\x99'}, 0x020a),
    ('the session\'s TSIH, another name: no such session', {'name': 'b'}, 0x020a),
    ('a TSIH nobody has: no such session', {'off': 1000}, 0x020a),
    ('the session\'s TSIH and CID: the connection is made anew', {}, 0),
    ('TSIH 0, another CID: the session is made anew', {'tsih': 0, 'cid': 7}, 0),
    ('TSIH 0, another ISID: a session beside it', {'tsih': 0, 'isid': ISID[:5] + b'\x77'}, 0),
    ('TSIH 0, another name: a session beside it', {'tsih': 0, 'name': 'c'}, 0),
]


def second(how, status):
    how = dict(how)
    with server.login() as s:
        how['tsih'] = (how.pop('tsih', s.tsih) + how.pop('off', 0)) & 0xffff
        beside = how['tsih'] == 0 and ('isid' in how or 'name' in how)
        if status:
            refused(status, login, **how)
        else:
            other = login(**how)
            if how['tsih']:
                equal(other.tsih, s.tsih)
            equal(s.closed(3 if not beside else 0.2), not beside)
            assert attentions(other, TAPE)[0] in ((6, 0x29, 7), (6, 0x29, 0) if beside else None)
            other.close()
        if status or beside:
            equal(s.command(TAPE, TUR).status, 0, 'the first session')
            assert s.quiet(0.05)


def discovery_reinstated():
    """a discovery session of the same name and ISID leaves a normal one alone"""
    with server.login() as s:
        for _ in range(3):
            with Session(server.address, initiator='iqn.2026-01.test:a').login() as d:
                equal(list(d.send_targets()), [server.target])
                assert d.tsih not in (0, s.tsih)
        equal(s.command(TAPE, TUR).status, 0)


ROWS = [(f'a full window, from CmdSN {start:08x}', lambda start=start: full_at(start))
        for start in (0xffffff00, 0xffffffc0, 0xfffffffe, 0x7fffffc0)]
ROWS += [(f.__doc__, f) for f in (abort_at_wrap, immediate_at_the_edge)]
ROWS += [(f'R2Ts: bursts of {b[0]}, first {b[1]}, {b[2]} at a time, InitialR2T={b[3]}, ImmediateData={b[4]}, {b[5]} bytes',
          lambda b=b: bursts(*b)) for b in BURSTS]
ROWS += [(f'nothing expected: {name}', lambda row=row: nothing(*row)) for name, *row in NOTHING]
ROWS += [(moves_with_nothing.__doc__, moves_with_nothing), (new_tsihs.__doc__, new_tsihs)]
ROWS += [(name, lambda row=row: second(*row)) for name, *row in SECOND]
ROWS += [(discovery_reinstated.__doc__, discovery_reinstated)]

if __name__ == '__main__':
    main(server, ROWS)
