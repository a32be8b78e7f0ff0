# SPDX-License-Identifier: Apache-2.0
"""W22 rewind immediate on exit"""
import time

from host import *

REWIND_IMMED = '01 01 00 00 00 00'
RUNNING = ((0, 0, 0), (0, 0, 0x1a), (0, 0, 0x16), (2, 4, 1))  # never 02/04/02 or 02/04/03: no media to Windows


def test_rewind(place):
    """100 x 64 KiB, a filemark, REWIND IMMED: GOOD within 100 ms; good, at the beginning and idle within 2 s"""
    with Host(place).attach() as a:
        tape, took, ready = a.drive(), [], []
        for _ in range(3):  # the best of three: this machine may have other things to do
            tape.blank().write(*[bytes(65536)] * 100)
            tape.good('10 00 00 00 01 00')
            began = time.monotonic()
            tape.good(REWIND_IMMED)
            took.append(time.monotonic() - began)
            sense = tape.good(REQUEST_SENSE)
            assert (sense[2] & 15, sense[12], sense[13]) in RUNNING, sense.hex()
            began = time.monotonic()
            answers = []
            for _ in range(5):
                answers.append(tape.tur())
                time.sleep(0.02)
            becomes(tape.tur, 'good')
            ready.append(time.monotonic() - began)
            assert set(answers) <= {'good', (2, 4, 1)}, answers
            equal(tape.position(), (0x80, 0))
            becomes(lambda: place.show(1)['activity'], 'idle')
        assert min(took) < 0.1 and min(ready) < 2, (took, ready)
        tape.blank()
        a.leave()
    becomes(lambda: [place.show(1)[key] for key in ('activity', 'loaded')], ['idle', True])
