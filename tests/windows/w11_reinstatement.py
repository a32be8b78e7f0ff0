# SPDX-License-Identifier: Apache-2.0
"""W11 session reinstatement over a half-open connection"""
from host import *
from wait import in_time, timed


def test_reinstatement(place):
    """a WRITE waits for data and the connection is half open: the new login succeeds at once, and nothing of the old task remains"""
    with Host(place) as a:
        target = a.attach().drive().session.target
        a.drive().blank().write(b'old')
        old, tape = a.drive().session, a.drive()
        write = old.command_pdu(tape.lun, b'\x0a\0\4\0\0\0', write=262144)
        old.send(write)
        old.expect(R2T, itt=write.itt)
        with Host(place, 'win-b') as b:
            other, floor = timed(b.session(target).login)
            other.logout()
        new, took = timed(a.session(target).login)
        in_time(took, 2, floor, 'a login')
        assert old.closed(60), 'the old connection is still open'
        equal([p for p in old.inbox if p.code == SCSI_RESPONSE], [], 'statuses on the old connection')
        again = Unit(new, tape.lun, 1)
        again.fails(NEXUS_LOSS, TUR)
        equal(again.tur(), 'good')
        equal(again.position()[1], 1, 'only what was complete is on the tape')
        assert new.quiet(0.3), 'something of the old session on the new one'
        again.write(b'new')
        again.good(REWIND)
        equal([again('08 00 00 01 00 00', read=256).data for _ in range(2)], [b'old', b'new'])
        again.blank()
        new.close()


def test_wrong_tsih(place):
    """with a TSIH that is not its own: 020a, and the session goes on"""
    with Host(place).attach() as a:
        tape = a.drive()
        try:
            a.session(tape.session.target, tsih=tape.session.tsih ^ 0x5555).login()
            raise AssertionError('not refused')
        except LoginRefused as e:
            equal(f'{e.status:04x}', '020a')
        equal(tape.tur(), 'good')
