# SPDX-License-Identifier: Apache-2.0
"""KB 842411 polling

TEST UNIT READY every second from two servers at every LUN, while a third one enumerates, starts drives and takes
inventory (W04, W21, W25).  tests/windows/poll runs this for ten minutes, and then W08 and W09 with the pauses
that Windows really makes.
"""
import sys
import threading
import time
import types

import w04_enumeration
import w08_reconnect
import w09_restart
import w21_tape_start
import w25_changer
from host import *
from place import LAYOUTS, Place

# 2A/01: another host's MODE SELECT; 04/00: another host unloads
HARMLESS = ('good', NO_MEDIUM, MEDIUM_CHANGED, (6, 0x2a, 1), (2, 4, 1), (2, 4, 0))
SLOW = 2  # seconds


class Poller(threading.Thread):
    """One host's class driver."""

    def __init__(self, place, name, period=1):
        super().__init__(daemon=True)
        self.host, self.period, self.stopping = Host(place, name, 7).attach_all(), period, threading.Event()
        self.answers, self.slowest, self.failure = 0, 0, None

    def run(self):
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                for key, unit in self.host.units.items():
                    asked = time.monotonic()
                    answer = unit.tur()
                    self.slowest = max(self.slowest, time.monotonic() - asked)
                    assert answer in HARMLESS, f'{self.host.name} {key}: {answer}'
                    self.answers += 1
                self.stopping.wait(max(0, began + self.period - time.monotonic()))
        except Exception as e:
            self.failure = e

    def end(self):
        self.stopping.set()
        self.join()
        self.host.vanish()
        if self.failure:
            raise self.failure
        assert self.slowest < SLOW, f'{self.host.name} waited {self.slowest:.1f} s for TEST UNIT READY'
        return self.answers


def poll(place, seconds):
    """The rounds of the busy host, and the answers the pollers had."""
    pollers, rounds = [Poller(place, name) for name in ('win-a', 'win-b')], 0
    for poller in pollers:
        poller.start()
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            w04_enumeration.test_identities(place)
            w21_tape_start.test_start(place)
            w21_tape_start.test_empty(place)
            with Host(place).attach_all() as a:
                for library in place.libraries():
                    w25_changer.inventory(a, library)
            rounds += 1
    finally:
        answers = [poller.end() for poller in pollers]
    # A tape that nobody touches: polled for a while, it was idle all the time.
    pollers = [Poller(place, name, 0.2) for name in ('win-a', 'win-b')]
    before = place.show(1)['last_activity_ms']
    for poller in pollers:
        poller.start()
    time.sleep(1)
    for poller in pollers:
        poller.end()
    shown = place.show(1)
    equal(shown['activity'], 'idle')
    assert shown['last_activity_ms'] >= before + 900, 'TEST UNIT READY counts as activity'
    return rounds, answers


def test_short(place):
    """W04, W21 and W25 beside 1 Hz TEST UNIT READY from A and B, 5 s long"""
    with Place(place.layout) as fresh:
        rounds, answers = poll(fresh, 5)
        assert rounds >= 1 and min(answers) >= 4 * 22, (rounds, answers)


def main(seconds):
    import tap
    tests = []
    for layout in LAYOUTS:
        state = types.SimpleNamespace(place=None)

        def polled(layout=layout, state=state):
            state.place = Place(layout)
            print(f'# {poll(state.place, seconds / len(LAYOUTS))}', flush=True)

        def paused(state=state):
            for pause in (5, 65):
                w08_reconnect.drop(state.place, False, pause)

        def away(state=state):
            for how, gap in (('stop', 5), ('kill', 90)):
                w09_restart.over(state.place, how, gap)

        def stopped(state=state):
            assert state.place.stop(), 'the daemon did not stop cleanly'
            state.place.__exit__()
        tests += [(f'KB 842411 polling for {seconds / len(LAYOUTS):.0f} s [{layout}]', polled),
                  (f'W08 TCP drop, back after 5 s and after 65 s [{layout}]', paused),
                  (f'W09 target restart, away for 5 s and, killed, for 90 s [{layout}]', away),
                  (f'the daemon stops [{layout}]', stopped)]
    tap.run(tests)


if __name__ == '__main__':
    main(float(sys.argv[2]) if len(sys.argv) > 2 else 600)
