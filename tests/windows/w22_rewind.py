# SPDX-License-Identifier: Apache-2.0
"""W22 rewind immediate on exit"""
import time

from host import *

REWIND_IMMED = '01 01 00 00 00 00'
RUNNING = ((0, 0, 0), (0, 0, 0x1a), (0, 0, 0x16), (2, 4, 1))  # never 02/04/02 or 02/04/03: no media to Windows


def test_rewind(place):
    """100 x 64 KiB, a filemark, REWIND IMMED: GOOD within 100 ms; good, at the beginning and idle within 2 s"""
    with Host(place).attach() as a:
        tape, took = a.drive(), []
        for _ in range(3):  # the best of three: this machine may have other things to do
            tape.blank().write(*[bytes(65536)] * 100)
            tape.good('10 00 00 00 01 00')
            began = time.monotonic()
            tape.good(REWIND_IMMED)
            took.append(time.monotonic() - began)
            sense = tape.good(REQUEST_SENSE)
            assert (sense[2] & 15, sense[12], sense[13]) in RUNNING, sense.hex()
            until = time.monotonic() + 2
            answers = []
            for _ in range(5):
                answers.append(tape.tur())
                time.sleep(0.02)
            assert answers[-1] == 'good' and time.monotonic() < until, answers
            assert set(answers) <= {'good', (2, 4, 1)}, answers
            equal(tape.position(), (0x80, 0))
            equal(place.show(1)['activity'], 'idle')
        assert min(took) < 0.1, took
        tape.blank()
        a.leave()
    shown = place.show(1)
    equal((shown['activity'], shown['loaded']), ('idle', True))
