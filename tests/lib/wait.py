# SPDX-License-Identifier: Apache-2.0
"""Waiting: what another process does comes when it comes, so a test asks again until it is there."""
import time

PATIENCE = 60  # seconds: more than a busy machine needs


def wait_for(condition, seconds=PATIENCE, pause=0.02):
    """Asks again until condition() is true or the time is over; what it gave last, true or not."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(pause)
