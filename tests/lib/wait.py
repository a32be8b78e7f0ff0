# SPDX-License-Identifier: Apache-2.0
"""Waiting: what another process does comes when it comes, so a test asks again until it is there."""
import time

PATIENCE = 60  # seconds: more than a busy machine needs


def timed(act, *args, **how):
    """What act() gives, and the seconds it took."""
    began = time.monotonic()
    value = act(*args, **how)
    return value, time.monotonic() - began


def in_time(took, limit, floor, what='it'):
    """It took no longer than the limit of an idle machine, and ten times what the like of it takes on this one now with
    nothing in its way: the floor."""
    assert took < limit + 10 * floor, f'{what} took {took:.2f} s; with nothing in its way {floor:.2f} s'


def wait_for(condition, seconds=PATIENCE, pause=0.02):
    """Asks again until condition() is true or the time is over; what it gave last, true or not."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(pause)
