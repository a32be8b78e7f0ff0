# SPDX-License-Identifier: Apache-2.0
"""W18 timeout escalation"""
from host import *

ABORT_TASK, LU_RESET, WARM_RESET, COLD_RESET = 1, 5, 6, 7
COMPLETE, NO_TASK = 0, 1
RESET = (6, 0x29, 3)
RESERVE = '16 00 00 00 00 00'


def outstanding(tape):
    """A WRITE whose data does not come: a command that does not end."""
    pdu = tape.session.command_pdu(tape.lun, b'\x0a\0\4\0\0\0', write=262144)
    tape.session.send(pdu)
    tape.session.expect(R2T, itt=pdu.itt)
    return pdu


def reset(place, function, reach):
    """function, with and without a task outstanding; reach: which units of A get UA 29/03."""
    for busy in (True, False):
        with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
            tape = a.drive().blank()
            tape.write(b'kept')
            tape.good(RESERVE)
            tape.good('15 00 00 00 0c 00', bytes.fromhex('00001008 00000000 00000200'))
            pdu = outstanding(tape) if busy else None
            equal(tape.session.tmf(function, tape.lun), COMPLETE)
            if pdu:
                assert tape.session.quiet(0.2, SCSI_RESPONSE), 'a status for a task that is gone'
            for host in (a, b):
                for unit in host.of():
                    found = unit.attentions()
                    equal(found, [RESET] if reach(tape, unit) else [], f'{host.name} {unit.role}')
            equal(b.drive().tur(), 'good', 'RESERVE(6) is released, the tape stays')
            equal(tape.good('1a 00 00 00 0c 00')[9:12], bytes(3), 'the block length is the default again')
            equal(a.drive().position()[1], 1, 'the position')
            tape.blank()


def test_abort_task(place):
    """ABORT TASK: complete, no status; of a task that is done: does not exist (RFC 7143 11.6.1)"""
    with Host(place).attach() as a:
        tape = a.drive().blank()
        pdu = outstanding(tape)
        equal(tape.session.tmf(ABORT_TASK, tape.lun, task=pdu.itt, ref_cmd_sn=pdu.cmd_sn), COMPLETE)
        assert tape.session.quiet(0.2, SCSI_RESPONSE), 'a status for a task that is gone'
        equal(tape.tur(), 'good')
        equal(tape.session.tmf(ABORT_TASK, tape.lun, task=pdu.itt, ref_cmd_sn=pdu.cmd_sn), NO_TASK)


def test_lu_reset(place):
    """LOGICAL UNIT RESET: UA 29/03 for every nexus of that unit, nothing on the others"""
    reset(place, LU_RESET, lambda tape, unit: unit.drive == tape.drive)


def test_target_reset(place):
    """TARGET WARM RESET: every unit of the target, nothing on other targets"""
    reset(place, WARM_RESET, lambda tape, unit: unit.session.target == tape.session.target)


def test_cold_reset(place):
    """TARGET COLD RESET: connections close, a new login finds everything as it was"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        before = a.idents()
        tape = a.drive().blank()
        tape.write(b'kept')
        equal(tape.session.tmf(COLD_RESET), COMPLETE)
        assert tape.session.closed(), 'A is still connected'
        assert b.drive().session.closed(), 'B is still connected'
        for host in (a, b):
            host.vanish()
        a.attach(take=False)
        for unit in a.of():
            found = unit.attentions()
            if unit.session.target == tape.session.target:
                assert found in ([RESET], [NEXUS_LOSS], [POWER_ON]), f'{unit.role}: {found}'
        equal(a.idents(), before)
        equal(a.drive().position()[1], 1)
        a.drive().blank()


def test_registrations_kept(place):
    """resets keep persistent reservations"""
    key = b'windows!'
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        tape = a.drive()
        tape.good('5f 00 00 00 00 00 00 00 18 00', bytes(8) + key + bytes(8))
        tape.good('5f 01 03 00 00 00 00 00 18 00', key + bytes(16))
        for function in (LU_RESET, WARM_RESET):
            equal(tape.session.tmf(function, tape.lun), COMPLETE)
            a.drive().attentions()
            b.drive().attentions()
            equal(b.drive()('0a 00 00 10 00 00', bytes(16)).status, RESERVATION_CONFLICT)
        tape.good('5f 03 00 00 00 00 00 00 18 00', key + bytes(16))
        b.drive().attentions()
        equal(b.drive().tur(), 'good')
