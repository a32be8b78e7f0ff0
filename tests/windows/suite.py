# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios: a file each, whose first line is its name, whose test_ functions are its parts.

Every scenario runs in both layouts, unless its LAYOUTS says otherwise.  All scenarios of a layout share one
place, as a server and its library live through all of this together; what needs another makes its own.
"""
import importlib
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / 'lib')]
import place as places
import tap
import w06_persistent_names as names

SCENARIOS = sorted(here.glob('w[0-9]*.py')) + sorted(here.glob('q*.py')) + sorted(here.glob('kb*.py')) + \
    [path for path in (here / 'mutation.py', here / 'poll.py') if path.exists()]


class Layout:
    """The place of one layout, made when it is first needed."""

    def __init__(self, layout):
        self.layout, self.place = layout, None

    def get(self):
        if not self.place:
            self.place = places.Place(self.layout)
        assert self.place.alive(), 'the daemon is gone'
        return self.place

    def end(self):
        try:
            if self.place:
                assert self.place.stop(), 'the daemon did not stop cleanly'
        finally:
            if self.place:
                self.place.__exit__()


class Scenario:
    """A module in a layout: says how it ended when its last part has."""

    def __init__(self, module, layout):
        self.title, self.layout = title(module), layout
        self.parts, self.left, self.failed = tap.tests_of(vars(module)), 0, 0

    def tests(self):
        self.left = len(self.parts)
        return [(f'{self.title}: {name} [{self.layout.layout}]', self.part(function)) for name, function in self.parts]

    def part(self, function):
        def run():
            try:
                place = self.layout.get()
                function(place)
                # Whatever happened, a backup server still finds its drives under their old numbers.
                if 'W08' <= self.title[:3] <= 'W16':
                    names.still(place)
            except Exception:
                self.failed += 1
                raise
            finally:
                self.left -= 1
                if not self.left:
                    said = f'{self.failed} of {len(self.parts)} parts FAILED' if self.failed else 'passed'
                    print(f'# {self.title} [{self.layout.layout}]: {said}', flush=True)
        return run


def title(module):
    return module.__doc__.splitlines()[0].rstrip('.')


def main(wanted):
    """wanted: names of layouts and beginnings of titles of scenarios; of each kind all, when there is none."""
    modules = [importlib.import_module(path.stem) for path in SCENARIOS]
    tests, layouts = [], [Layout(name) for name in places.LAYOUTS if name in wanted] or [Layout(name) for name in places.LAYOUTS]
    wanted = [word for word in wanted if word not in places.LAYOUTS]
    for layout in layouts:
        for module in modules:
            if layout.layout not in getattr(module, 'LAYOUTS', places.LAYOUTS):
                continue
            if wanted and not title(module).startswith(tuple(wanted)):
                continue
            tests += Scenario(module, layout).tests()
        tests.append((f'the daemon lived through all of it and stops [{layout.layout}]', layout.end))
    try:
        tap.run(tests)
    finally:
        for layout in layouts:
            if layout.place and layout.place.alive():
                layout.place.kill()
        if places.BLESS:
            places.gold.write()


if __name__ == '__main__':
    main(sys.argv[2:])
