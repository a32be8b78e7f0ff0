# SPDX-License-Identifier: Apache-2.0
"""Adds up what gcov counted, room by room, and compares with the floors: cover.py BUILD --report|--compare|--raise|--lines FILE."""
import collections
import concurrent.futures
import json
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FLOORS = TOP / 'tests/cover/floors'
LEEWAY = 1.0  # points: what differs from run to run
OTHERS = ('tests', 'docs', 'contrib')  # no part of the product


def counted(build, gcda):
    """The lines of the product that one object file knows: {(file, line): times}."""
    done = subprocess.run(['gcov', '--json-format', '--stdout', gcda], cwd=build, capture_output=True, timeout=300)
    lines = {}
    for document in done.stdout.splitlines():
        for source in json.loads(document)['files']:
            path = (pathlib.Path(build) / source['file']).resolve()
            if not path.is_file() or not path.is_relative_to(TOP) or path.suffix != '.c' or path.relative_to(TOP).parts[0] in OTHERS:
                continue
            name = str(path.relative_to(TOP))
            for line in source['lines']:
                at = name, line['line_number']
                lines[at] = max(lines.get(at, 0), line['count'])
    return lines


def all_lines(build):
    """The same of all of them, those that never ran too (they have notes, and no counts)."""
    found = collections.Counter()
    objects = [*pathlib.Path(build).rglob('*.gcno')]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for lines in pool.map(lambda path: counted(build, path), objects):
            for at, times in lines.items():
                found[at] += times
    return found


def rooms_of(lines):
    """{room: (lines reached, lines)}"""
    rooms = collections.defaultdict(lambda: [0, 0])
    for (name, _), times in lines.items():
        room = rooms[str(pathlib.PurePosixPath(name).parent)]
        room[0] += times > 0
        room[1] += 1
    return {room: tuple(counts) for room, counts in sorted(rooms.items())}


def floors():
    """{room: per cent}; a line is "ROOM PERCENT"."""
    rows = [line.split() for line in FLOORS.read_text().splitlines() if line.strip() and not line.startswith('#')]
    return {room: float(least) for room, least in rows}


def table(rooms, least):
    print(f'# {"ROOM":<18} {"LINES":>6} {"REACHED":>8} {"FLOOR":>6}')
    for room, (reached, lines) in rooms.items():
        print(f'# {room:<18} {lines:>6} {100 * reached / lines:>7.1f}% {least.get(room, "-"):>6}')


def compare(rooms, least):
    failed = 0
    for room, floor in least.items():
        reached, lines = rooms.get(room, (0, 0))
        now = 100 * reached / lines if lines else None
        good = now is not None and now >= floor - LEEWAY
        failed += not good
        said = 'there is no such room' if now is None else f'{now:.1f} % of {lines} lines, the floor is {floor:.1f} %'
        print(f'{"ok" if good else "not ok"} - the tests reach as much of {room} as they did ({said})')
    new = sorted(set(rooms) - set(least))
    for room in new:
        print(f'not ok - {room} has a floor (tests/cover/run --raise writes it)')
    print(f'{len(least) - failed} passed, {failed + len(new)} failed, 0 skipped')
    return 1 if failed or new else 0


def write_raised(rooms, least):
    """A floor is a whole number of per cent, below what was reached, and never goes down."""
    head = [line for line in FLOORS.read_text().splitlines() if line.startswith('#')]
    rows = {room: max(int(100 * reached / lines), least.get(room, 0)) for room, (reached, lines) in rooms.items()}
    FLOORS.write_text('\n'.join([*head, *(f'{room} {floor:.0f}' for room, floor in sorted(rows.items()))]) + '\n')
    for room in sorted(set(least) - set(rows)):
        print(f'# {room} is gone, and its floor with it')
    for room, floor in sorted(rows.items()):
        if floor > least.get(room, 0):
            print(f'# {room}: {least.get(room, 0):.0f} % becomes {floor:.0f} %')


def print_missed(lines, name):
    """The lines of one file that nothing reached, as ranges."""
    missed = sorted(line for (file, line), times in lines.items() if file == name and not times)
    ranges = []
    for line in missed:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    for first, last in ranges:
        print(f'{name}:{first}' + (f'-{last}' if last > first else ''))


def main(build, what, *more):
    build = pathlib.Path(build).resolve()
    lines = all_lines(build)
    if not lines:
        print(f'not ok - {build} has nothing that was counted; run tests/cover/run first\n0 passed, 1 failed, 0 skipped')
        return 1
    rooms, least = rooms_of(lines), floors()
    if what == '--lines':
        print_missed(lines, more[0])
        return 0
    table(rooms, least)
    if what == '--raise':
        write_raised(rooms, least)
    return compare(rooms, least) if what == '--compare' else 0


sys.exit(main(*sys.argv[1:]))
