# SPDX-License-Identifier: Apache-2.0
"""W09 target restart

Nothing in the target remembers how long it was away; the gap of 90 s is in tests/windows/poll.
"""
import time

from host import *

POWERED = ([POWER_ON], [POWER_ON_OCCURRED])


def knock(place, seconds):
    """A host that tries to log in while no daemon runs: refused by TCP, or asked to try again later."""
    until = time.monotonic() + seconds
    while True:
        try:
            with Host(place).session(place.library()['target'], timeout=2) as s:
                s.login()
            return
        except ConnectionRefusedError:
            pass
        except (Closed, ConnectionResetError):
            pass
        except LoginRefused as e:
            equal(e.status, 0x0301, 'a login refused while the target starts')
        if time.monotonic() > until:
            return
        time.sleep(0.05)


def over(place, how, gap=0.3):
    with Host(place) as a, Host(place, 'win-b') as b:
        a.attach()
        before, triples = a.idents(), Bus(a).scan()
        targets = a.discover()
        tape = a.drive().blank()
        tape.write(*[bytes([n]) * 65536 for n in range(10)])
        tape.good('10 00 00 00 01 00')
        tape.write(b'after the filemark' * 100)
        place.restart(how, lambda: knock(place, gap))
        a.vanish()
        equal(a.discover(), targets, 'targets and portals')
        a.attach(take=False)
        b.attach(take=False)
        equal(a.idents(), before)
        equal(Bus(a).scan(), triples, 'bus addresses and instance ids')
        for unit in a.of() + b.of():
            # A cartridge that was in the drive is loaded anew.
            found = unit.attentions()
            assert [key for key in found if key != MEDIUM_CHANGED] in POWERED, f'{unit.role}: {found}'
        tape = a.drive()
        tape.good(REWIND)
        equal([tape.good('08 00 01 00 00 00', read=65536)[:1] for _ in range(10)], [bytes([n]) for n in range(10)])
        tape.fails((0, 0, 1), '08 00 01 00 00 00', read=65536)
        tape.blank()


def test_stop(place):
    """graceful: names, LUNs, TPGT and data are there, one UA 29/00 per nexus"""
    over(place, 'stop')


def test_kill(place):
    """kill -9: the same, and everything before WRITE FILEMARKS is there"""
    over(place, 'kill')


def test_knocking(place):
    """a login during the start is refused by TCP, or asked to try again later; no answer says that targets do not exist"""
    import threading
    failures = []

    def keep_knocking(stop):
        while not stop.is_set():
            try:
                knock(place, 0)
            except Exception as e:
                failures.append(e)
                return
    for how in ('stop', 'kill'):
        stop = threading.Event()
        thread = threading.Thread(target=keep_knocking, args=(stop,))
        thread.start()
        place.restart(how)
        stop.set()
        thread.join()
    assert not failures, failures
