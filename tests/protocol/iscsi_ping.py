# SPDX-License-Identifier: Apache-2.0
"""NOP-In pings of the target, where the setting asks for them."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import Server
from pdu import *
from tap import equal
from wait import PATIENCE

PING = 1
server = Server(settings={'ping': PING})


def test_answered():
    """an idle session is pinged, and lives on when it answers"""
    with Session(server.address, server.target).login() as s:
        s.clear(0)
        for _ in range(3):
            ping = s.expect(NOP_IN, timeout=PATIENCE)
            equal((ping.itt, ping.ttt == NO_TAG), (NO_TAG, False))
            s.nop(immediate=True, itt=NO_TAG, ttt=ping.ttt)
        equal(s.command(0, bytes(6)).status, 0)


def test_busy():
    """a session that speaks is not pinged"""
    with Session(server.address, server.target).login() as s:
        s.clear(0)
        last, longest = time.monotonic(), 0
        for _ in range(10):
            equal(s.command(0, bytes(6)).status, 0)
            now = time.monotonic()
            last, longest = now, max(longest, now - last)
            time.sleep(0.3)
        # A machine that is busy with something else may have kept this program silent for so long.
        assert longest > PING / 2 or not [p for p in s.inbox if p.code == NOP_IN], s.inbox


def test_silent():
    """a session that does not answer is closed"""
    with Session(server.address, server.target).login() as s:
        assert s.closed(PATIENCE)
        assert [p for p in s.inbox if p.code == NOP_IN]


def test_z_end():
    """the server ends well"""
    assert server.stop()


if __name__ == '__main__':
    with server:
        tap.run(tap.tests_of(globals()))
