# SPDX-License-Identifier: Apache-2.0
"""Q170568 rewind immediate, and the application is gone

A backup program ends with REWIND IMMED and closes its handle at once: the drive must not stay busy for ever.
"""
import json
import time

from host import *

REWOUND, AT_50, UNLOADED = (0x80, 0), (0, 50), (2, 4, 2)

# The command a program ends with, and how the drive is found by the next one.
LAST_WORDS = [
    ('REWIND IMMED', '01 01 00 00 00 00', REWOUND),
    ('LOCATE IMMED', '2b 01 00 00 00 00 32 00 00 00', AT_50),
    ('LOAD IMMED', '1b 01 00 00 01 00', REWOUND),
    ('UNLOAD IMMED', '1b 01 00 00 00 00', UNLOADED),
    ('ERASE IMMED', '19 02 00 00 00 00', (0, 100)),
    ('ERASE LONG IMMED', '19 03 00 00 00 00', (0, 100)),
]


def sessions(place):
    return [s for s in json.loads(place.evertape('--json', 'session', 'list'))['sessions'] if s['type'] != 'discovery']


def idle(place):
    """The time until no session is left and the drive is shown as idle."""
    began = time.monotonic()
    becomes(lambda: (place.show(1)['activity'], sessions(place)), ('idle', []))
    return time.monotonic() - began


def ready(tape):
    """The time until it is ready; it never reports `no medium' before."""
    began = time.monotonic()

    def now():
        key = tape.tur()
        assert key in ('good', (2, 4, 1), MEDIUM_CHANGED), key
        return key
    becomes(now, 'good')
    return time.monotonic() - began


def ended(place, cdb, state, leave):
    a = Host(place).attach()
    tape = a.drive()
    tape.blank().write(*[bytes(65536)] * 100)
    if leave == 'at once':
        # Not even the status is waited for.
        tape.session.send(tape.session.command_pdu(tape.lun, bytes.fromhex(cdb)))
        a.vanish(reset=True)
    else:
        tape.good(cdb)
        a.leave() if leave == 'logout' else a.vanish(reset=leave == 'reset')
    took = idle(place)
    with Host(place).attach() as again:
        tape = again.drive()
        if leave != 'at once' and state is UNLOADED:
            equal(tape.tur(), UNLOADED)
        if tape.tur() == UNLOADED:
            tape.good('1b 01 00 00 01 00')
        elif leave != 'at once':
            equal(tape.position(), state)
        took = max(took, ready(tape))
    # No task is left that would hold the cartridge: the robot takes it and brings it back.
    place.evertape('drive', 'unload', '1', '--library', 'stk', '--force')
    place.evertape('drive', 'load', '1', place.barcode('stk', 1), '--library', 'stk')
    return took


def of(name, cdb, state):
    def test(place):
        took = []
        for leave in ('logout', 'close', 'reset', 'at once'):
            try:
                took.append(ended(place, cdb, state, leave))
            except Exception as e:
                raise AssertionError(f'{leave}: {type(e).__name__}: {e}') from e
        assert min(took) < 2, took  # this machine may have other things to do
    test.__doc__ = f'{name}, then logout, FIN, RST or RST without waiting: idle within 2 s, ready, no task left'
    return test


for row in LAST_WORDS:
    globals()['test_' + row[0].lower().replace(' ', '_')] = of(*row)


def test_polled(place):
    """an idle drive stays idle under TEST UNIT READY, which does not count as activity"""
    with Host(place).attach() as a, Host(place, 'win-b').attach() as b:
        a.drive().good(LAST_WORDS[0][1])
        seen = []
        becomes(lambda: place.show(1)['activity'], 'idle')
        for _ in range(8):
            equal((a.drive().tur(), b.drive().tur()), ('good', 'good'))
            shown = place.show(1)
            equal(shown['activity'], 'idle')
            seen.append(shown['last_activity_ms'])
            time.sleep(0.25)
        equal(seen, sorted(seen), 'milliseconds since the last activity')
        assert seen[-1] >= seen[0] + 1000, seen
