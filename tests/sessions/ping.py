# SPDX-License-Identifier: Apache-2.0
"""Pings: a host that is dead is noticed and leaves nothing behind; a quiet Windows host is never dropped."""
from scene import *
from wait import PATIENCE

TAPE = 1
PING = 2  # seconds: this program may have to wait for its turn, and must answer in that time
plain, pinging = Scene(), Scene(settings={'ping': PING})
WINDOWS = {'initiator': 'iqn.1991-05.com.microsoft:win-a', 'isid': ISID, 'login_itt': 1}


def windows(server):
    return Session(server.address, server.target, keys=WINDOWS_NORMAL, **WINDOWS).login().clear(0, *server.tapes)


def answer(s, ping):
    """A NOP-Out with the tag of the ping, as Windows sends it: immediate, no tag of its own."""
    s.nop(immediate=True, itt=NO_TAG, ttt=ping.ttt)


def test_no_pings():
    """unless the setting asks for it nothing is sent to a quiet host, and it stays"""
    with windows(plain) as s, Session(plain.address).login() as d:
        assert s.quiet(3), s.inbox
        equal(s.command(TAPE, TUR).status, 0)
        equal(list(d.send_targets()), [plain.target])


def test_quiet_windows():
    """with pings, a host that sends nothing but answers, some of them late, stays for as long as it likes"""
    with windows(pinging) as s:
        for i in range(3):
            ping = s.expect(NOP_IN, timeout=PATIENCE)
            equal((ping.itt, ping.ttt == NO_TAG, ping.data, ping.stat_sn), (NO_TAG, False, b'', s.exp_stat_sn))
            time.sleep(0.6 if i % 2 else 0)  # late, and still in time
            answer(s, ping)
        equal(s.command(TAPE, TUR).status, 0)
        assert s.tsih in [each['tsih'] for each in pinging.sessions()]


def test_other_sign_of_life():
    """a command is an answer to a ping as well"""
    with windows(pinging) as s:
        for _ in range(2):
            s.expect(NOP_IN, timeout=PATIENCE)
            equal(s.command(TAPE, TUR).status, 0)


def test_slow_data():
    """a host whose WRITE comes slowly, a Data-Out now and then, is alive"""
    with windows(pinging) as s:
        pdu = s.command_pdu(TAPE, write6(262144), write=262144)
        s.send(pdu)
        r2t = s.expect(R2T, itt=pdu.itt)
        for sn in range(6):
            time.sleep(0.8)  # all of them together are longer than a dead host would be kept
            s.send(Pdu(DATA_OUT, 0, bytes(512), lun=pdu.lun, itt=pdu.itt, ttt=r2t.ttt, exp_stat_sn=s.exp_stat_sn, data_sn=sn,
                       offset=r2t.offset + 512 * sn))
        equal(s.tmf(ABORT_TASK, TAPE, pdu.itt, pdu.cmd_sn), 0)
        equal(s.command(TAPE, TUR).status, 0)


def test_dead():
    """a host that is dead: its session ends within twice the time; task, reservation and prevention are gone"""
    with windows(pinging) as dead:
        equal(dead.command(TAPE, PREVENT).status, 0)
        equal(dead.command(TAPE, RESERVE).status, 0)
        owe(dead, TAPE)
        began = time.monotonic()
        with pinging.login('b', clear=False) as b:
            assert wait_for(lambda: b.command(TAPE, TUR).status == 0), 'still reserved'
            took = time.monotonic() - began
            assert PING / 2 < took < 2 * PING + 10, f'after {took:.1f} s'
            equal(b.command(TAPE, REWIND).status, 0)
            becomes(lambda: len(pinging.sessions()), 1)
        becomes(lambda: pinging.drive()['prevented'], False)
        assert dead.closed()
    with windows(pinging) as s:
        equal(s.command(TAPE, TUR).status, 0)


def test_busy_drive():
    """while the target itself takes long, the host waits and answers pings: it stays"""
    with windows(pinging) as s, pinging.login('b') as b:
        owed = owe(b, TAPE)
        pdu = s.submit(TAPE, REWIND)
        for _ in range(2):
            answer(s, s.expect(NOP_IN, timeout=PATIENCE))
            answer(b, b.expect(NOP_IN, timeout=PATIENCE))
        equal(b.tmf(ABORT_TASK, TAPE, owed.itt, owed.cmd_sn), 0)
        equal(s.finish(pdu).status, 0)


def both_end():
    """both daemons end well"""
    assert plain.stop() and pinging.stop()


if __name__ == '__main__':
    with plain, pinging:
        tap.run(tap.tests_of(globals()) + [(both_end.__doc__, both_end)])
