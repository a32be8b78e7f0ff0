# SPDX-License-Identifier: Apache-2.0
"""Task management, NOP, logout, rejects: what a session does beside commands."""
import time

from scene import *

server = serve()
session = member


REWIND = bytes.fromhex('010000000000')
ABORT_TASK, ABORT_TASK_SET, CLEAR_ACA, CLEAR_TASK_SET, LU_RESET, WARM, COLD, REASSIGN = range(1, 9)
OTHER = b'\x40\0\1\x37\0\1'


def owed_write(s, lun=None, size=65536):
    """A WRITE that the drive is busy with: its data is asked for and does not come."""
    pdu = s.command_pdu(tape() if lun is None else lun, bytes.fromhex('0a00') + size.to_bytes(3, 'big') + b'\0', write=size)
    s.send(pdu)
    s.expect(R2T, itt=pdu.itt)
    return pdu


def alive(s, lun=None):
    equal(s.command(tape() if lun is None else lun, TUR).status, 0, 'TEST UNIT READY')


# --- task management ---

def test_abort_task():
    """ABORT TASK of a WRITE that waits for data: complete, and no status for it ever"""
    with session() as s:
        pdu = owed_write(s)
        equal(s.tmf(ABORT_TASK, tape(), pdu.itt, pdu.cmd_sn), 0)
        assert s.quiet(0.2), s.inbox
        alive(s)
        s.send(Pdu(DATA_OUT, FINAL, bytes(512), lun=pdu.lun, itt=pdu.itt, ttt=1))  # it was on its way
        alive(s)


def test_abort_queued_task():
    """ABORT TASK of a command that waits behind another"""
    with session() as s:
        first = owed_write(s)
        second = s.submit(tape(), REWIND)
        third = s.submit(tape(), REWIND)
        equal(s.tmf(ABORT_TASK, tape(), second.itt, second.cmd_sn), 0)
        equal(s.tmf(ABORT_TASK, tape(), first.itt, first.cmd_sn), 0)
        equal(s.finish(third).status, 0)
        equal([p for p in s.inbox if p.itt == second.itt], [])


def test_abort_in_order():
    """ABORT TASK as a numbered command works too"""
    with session() as s:
        pdu = owed_write(s)
        equal(s.tmf(ABORT_TASK, tape(), pdu.itt, pdu.cmd_sn, immediate=False), 0)
        alive(s)


def test_abort_done_task():
    """ABORT TASK of a task that has ended: does not exist"""
    with session() as s:
        pdu = s.submit(tape(), TUR)
        equal(s.finish(pdu).status, 0)
        equal(s.tmf(ABORT_TASK, tape(), pdu.itt, pdu.cmd_sn), 1)
        equal(s.tmf(ABORT_TASK, tape(), 0x123456, (s.cmd_sn - 500) & 0xffffffff), 1)


def test_abort_wrong_lun():
    """ABORT TASK with another LUN does not touch the task"""
    with session() as s:
        pdu = owed_write(s)
        equal(s.tmf(ABORT_TASK, server.tapes[1], pdu.itt, pdu.cmd_sn), 1)
        equal(s.tmf(ABORT_TASK, tape(), pdu.itt, pdu.cmd_sn), 0)


def test_abort_fills_gap():
    """ABORT TASK of a command that never came fills its place in the order"""
    with session() as s:
        s.cmd_sn += 1
        later = s.submit(tape(), TUR)
        assert s.quiet(0.2), s.inbox
        equal(s.tmf(ABORT_TASK, tape(), 0x99, later.cmd_sn - 1), 0)
        equal(s.finish(later).status, 0)
        alive(s)


def test_abort_held_task():
    """ABORT TASK of a command that waits for its turn"""
    with session() as s:
        first = s.command_pdu(tape(), TUR)
        held = s.submit(tape(), TUR)
        equal(s.tmf(ABORT_TASK, tape(), held.itt, held.cmd_sn), 0)
        s.send(first)
        equal(s.finish(first).status, 0)
        alive(s)
        equal([p for p in s.inbox if p.itt == held.itt], [])


def test_sets_and_resets():
    """functions 2, 4, 5, 6: with and without tasks, always complete; no status for what they took"""
    for function in (ABORT_TASK_SET, CLEAR_TASK_SET, LU_RESET, WARM):
        with session() as s:
            response, floor = timed(s.tmf, function, tape())
            equal(response, 0, f'function {function} with nothing outstanding')
            s.clear(*server.tapes, server.changer)
            pdus = [owed_write(s), s.submit(tape(), REWIND), s.submit(tape(), REWIND)]
            response, took = timed(s.tmf, function, tape())
            equal(response, 0, f'function {function}')
            in_time(took, 2, floor, f'function {function}')
            s.gather(0.2)
            answered = [p.itt for p in s.inbox if p.code == SCSI_RESPONSE]
            equal([itt for itt in answered if itt in [p.itt for p in pdus]], [], 'statuses')
            s.clear(*server.tapes, server.changer)
            alive(s)


def test_reset_and_the_others():
    """LU RESET: unit attention for every nexus of that LU, the aborted task of another too, none elsewhere"""
    with session() as a, session(isid=OTHER) as b:
        owed_write(b)
        equal(a.tmf(LU_RESET, tape()), 0)
        assert b.quiet(0.2), b.inbox
        for s in (a, b):
            r = s.command(tape(), TUR)
            assert r.key in ((6, 0x29, 3), (6, 0x29, 0)), r
            alive(s)
            alive(s, server.tapes[1])
            equal(s.command(server.changer, TUR).status, 0)


def test_clear_and_the_others():
    """CLEAR TASK SET takes the tasks of other nexuses and tells them so"""
    with session() as a, session(isid=OTHER) as b:
        owed_write(b)
        equal(a.tmf(CLEAR_TASK_SET, tape()), 0)
        equal(b.command(tape(), TUR).key, (6, 0x2f, 0))
        alive(b)
        alive(a)


def test_abort_set_is_mine():
    """ABORT TASK SET leaves the tasks of other nexuses"""
    with session() as a, session(isid=OTHER) as b:
        pdu = b.command_pdu(tape(), bytes.fromhex('0a0000100000'), write=4096)
        b.send(pdu)
        r2t = b.expect(R2T)
        equal(a.tmf(ABORT_TASK_SET, tape()), 0)
        b.answer_r2t(r2t, bytes(4096))
        equal(b.finish(pdu).status, 0)


def test_cold_reset():
    """TARGET COLD RESET: answered, then the sessions of the target end"""
    a, b = session(), session(isid=OTHER)
    owed_write(b)
    equal(a.tmf(COLD, 0), 0)
    assert a.closed() and b.closed()
    with session() as s:
        alive(s)


def test_other_functions():
    """REASSIGN is not supported (4), unknown functions neither (5), an absent LUN does not exist (2)"""
    with session() as s:
        equal(s.tmf(REASSIGN, tape(), 1), 4)
        for function in (0, 9, 12, 60, 127):
            equal(s.tmf(function, tape()), 5)
        for function in (ABORT_TASK_SET, CLEAR_TASK_SET, LU_RESET):
            equal(s.tmf(function, 99), 2)
        alive(s)


def test_many_tmfs():
    """fifty task management requests at once: each answered or rejected, the session lives"""
    with session() as s:
        owed_write(s)
        pdus = [s.tmf(LU_RESET if i % 2 else ABORT_TASK_SET, tape(), wait=False) for i in range(50)]
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            s.gather(0.1)
            got = [p for p in s.inbox if p.code in (TMF_RESPONSE, REJECT)]
            if len(got) == len(pdus):
                break
        equal(len(got), len(pdus))
        s.inbox = []
        s.clear(*server.tapes)
        alive(s)


# --- a unit that lets others wait ---

def test_busy_drive_and_the_others():
    """WRITEs pile up at a drive that another host keeps busy: other units, pings and aborts do not wait with them"""
    with session() as a, session(isid=OTHER) as b:
        owed_write(b)
        piled, began = [], time.monotonic()
        for i in range(8):
            piled.append(a.submit(tape(), cdb6(0x0a, 65536), bytes(65536), immediate_data=bytes(65536)))
            equal(a.command(server.tapes[1], TUR).status, 0)
            equal(a.command(server.changer, INQUIRY, read=255).status, 0)
            equal(a.nop(b'there?', immediate=i % 2 == 0).data, b'there?')
        equal(a.tmf(ABORT_TASK, tape(), piled[0].itt, piled[0].cmd_sn), 0)
        equal(a.tmf(ABORT_TASK_SET, tape()), 0)
        took = time.monotonic() - began
        assert took < 4, f'{took:.1f} s'  # half a second for each that only has to be kept
        equal([p for p in a.inbox if p.code == SCSI_RESPONSE], [])
        alive(a, server.tapes[1])
        equal(b.tmf(ABORT_TASK_SET, tape()), 0)
        alive(a)


def test_data_behind_a_command():
    """two WRITEs at once: while the drive waits for the rest of the first one, the second is taken in without a wait"""
    data = bytes(262144)

    def pair(s, together):
        first, second = (s.command_pdu(tape(), cdb6(0x0a, n), write=n, data=data[:65536]) for n in (262144, 65536))
        began = time.monotonic()
        s.send_raw(s.pack(first) + (s.pack(second) if together else b''))
        equal(s.finish(first, data).status, 0)
        if not together:
            s.send(second)
        equal(s.finish(second, data).status, 0)
        return time.monotonic() - began

    with session() as s:
        rewind(s)
        for attempt in range(5):  # others may be at work on this machine
            took = [(pair(s, True), pair(s, False)) for _ in range(20)]
            together, apart = (sorted(each)[10] for each in zip(*took))
            if together < apart + 0.006:
                return
        raise AssertionError(f'{1000 * together:.1f} ms together, {1000 * apart:.1f} ms one after the other')


def test_reset_in_the_middle():
    """another host resets the drive while a command's own data come: its session goes on behind them"""
    with session() as a, session(isid=OTHER) as b:
        for cut in (48, 20000, 48 + 65536):
            for pause in (0, 0.03):
                owed_write(b)
                pdu = a.command_pdu(tape(), cdb6(0x0a, 65536), write=65536, data=bytes(65536))
                raw = a.pack(pdu)
                a.send_raw(raw[:cut])
                time.sleep(pause)
                equal(b.tmf(LU_RESET, tape()), 0)
                a.send_raw(raw[cut:])
                equal(a.nop(b'behind').data, b'behind')
                done = [p for p in a.inbox if p.itt == pdu.itt]
                a.inbox = [p for p in a.inbox if p.itt != pdu.itt]
                # The reset may have been before it; then it hears of that, or its data is written.
                equal(len(done) <= 1, True, str(done))
                for s in (a, b):
                    s.clear(tape())
                    alive(s)


# --- NOP ---

def test_nop():
    """a ping comes back with its data, immediate or not, of any length"""
    with session() as s:
        for data in (b'', b'x', b'hello', bytes(range(256)) * 16, bytes(262144)):
            for immediate in (False, True):
                p = s.nop(data, immediate)
                equal((p.ttt, p.final), (NO_TAG, True))
                assert p.data == data


def test_nop_longer_than_wanted():
    """the echo is cut to what the initiator takes"""
    with session({'MaxRecvDataSegmentLength': '512'}) as s:
        equal(len(s.nop(bytes(10000)).data), 512)


def test_nop_without_answer():
    """a NOP-Out with no tag is not answered and moves no StatSN"""
    with session() as s:
        for _ in range(10):
            s.nop(b'data', immediate=True, itt=NO_TAG)
        assert s.quiet(0.2), s.inbox
        alive(s)


def test_many_nops():
    """a thousand pings, long and short, in one go"""
    with session() as s:
        sent = []
        for i in range(1000):
            if (s.max_cmd_sn - s.cmd_sn) & 0xffffffff > 0x7fffffff:
                s.gather(0.05)
            sent.append(s.number(Pdu(NOP_OUT, FINAL, bytes(i * 7 % 3000), immediate=True, itt=s.itt(), ttt=NO_TAG)))
            s.send(sent[-1])
        for pdu in sent:
            equal(len(s.expect(NOP_IN, itt=pdu.itt).data), len(pdu.data))


# --- logout ---

def test_logout_session():
    """logout, close the session: answered, then the connection closes"""
    s = session()
    equal(s.logout(0, close=False), 0)
    assert s.closed()
    with session(clear=False) as s:
        equal(s.command(tape(), TUR).key, (6, 0x29, 7))


def test_logout_connection():
    """logout of the connection by its CID closes it; another CID is not found; recovery not supported"""
    s = session()
    equal(s.logout(1, cid=7), 1)
    equal(s.logout(2), 2)
    alive(s)
    equal(s.logout(1, close=False), 0)
    assert s.closed()


def test_logout_unknown_reason():
    """a reason of no kind is rejected"""
    with session() as s:
        s.send(s.number(Pdu(LOGOUT, FINAL | 0x55, itt=s.itt())))
        equal(s.expect(REJECT).reason, 9)


def test_logout_with_work():
    """logout with a WRITE outstanding: the drive is free at once"""
    s = session()
    owed_write(s)
    equal(s.logout(0, close=False), 0)
    assert s.closed()
    with session(isid=OTHER) as s:
        alive(s)


# --- rejects ---

def test_unknown_codes():
    """operation codes of no kind, and of targets: rejected with 05, the header comes back"""
    with session() as s:
        for code in (0x07, 0x0f, 0x11, 0x1c, 0x20, 0x21, 0x25, 0x31, 0x3f):
            pdu = Pdu(code, FINAL, b'some data', itt=77)
            s.send(pdu)
            got = s.expect(REJECT)
            equal((got.reason, bytes(got.data), got.itt), (5, bytes(pdu.bhs), NO_TAG), f'{code:02x}')
        alive(s)


def test_login_in_session():
    """a Login Request in the full feature phase: rejected with 04"""
    with session() as s:
        s.send(s.login_pdu(SECURITY, OPERATIONAL, s.first_login_keys()))
        equal(s.expect(REJECT).reason, 4)
        alive(s)


def test_snack():
    """SNACK has no place at error recovery level 0: rejected with 03"""
    with session() as s:
        s.send(Pdu(SNACK, FINAL, itt=NO_TAG, ttt=NO_TAG))
        equal(s.expect(REJECT).reason, 3)
        alive(s)


def test_no_tag():
    """a command with the reserved task tag is rejected"""
    with session() as s:
        s.send(s.command_pdu(tape(), TUR, itt=NO_TAG))
        equal(s.expect(REJECT).reason, 9)
        s.cmd_sn -= 1
        alive(s)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(TESTS)
