# SPDX-License-Identifier: Apache-2.0
"""Counting: a suite is functions that raise when something is wrong; its last line says how many."""
import sys
import time
import traceback

from wait import PATIENCE, wait_for


class Skip(Exception):
    pass


def equal(got, want, what=''):
    if got != want:
        raise AssertionError(f'{what + ": " if what else ""}got {got!r}, wanted {want!r}')


def becomes(get, want, what='', seconds=PATIENCE):
    """equal, for what another process is still about: asks again until it is so, or the time is over."""
    seen = []

    def now():
        seen[:] = [get()]
        return seen[0] == want
    if not wait_for(now, seconds):
        equal(seen[0], want, f'{what + ": " if what else ""}after {seconds} s')


def run(tests, before=None, after=None):
    """Runs (name, function) pairs; after(name) may raise too.  Exits 0 or 1."""
    passed = failed = skipped = 0
    for name, test in tests:
        began = time.monotonic()
        try:
            if before:
                before(name)
            test()
            if after:
                after(name)
            passed += 1
            print(f'ok - {name} ({time.monotonic() - began:.2f} s)', flush=True)
        except Skip as e:
            skipped += 1
            print(f'skip - {name}: {e}', flush=True)
        except Exception as e:
            failed += 1
            print(f'not ok - {name}: {type(e).__name__}: {e}', flush=True)
            for line in traceback.format_exc().splitlines()[-9:-1]:
                print(f'#   {line}', flush=True)
    print(f'{passed} passed, {failed} failed, {skipped} skipped', flush=True)
    sys.exit(1 if failed or not passed else 0)


def tests_of(module, prefix='test_'):
    """All functions of a module called test_..., in order, with their first docstring line as name."""
    found = []
    for name, value in module.items():
        if name.startswith(prefix) and callable(value):
            found.append(((value.__doc__ or name[len(prefix):].replace('_', ' ')).splitlines()[0], value))
    return found
