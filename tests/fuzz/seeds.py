#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a corpus: seeds.py SEEDS.txt FOLDER writes one file for each seed of the text.

A seed is a line: hexadecimal digits with blanks, a text that begins with a quote (\\0, \\n and \\xNN are bytes there), or
"@NAME FROM LEN": bytes of tests/gold/media/NAME, FROM and LEN in decimal, both optional.
"+" in front goes on with the seed of the line before.  "#" begins a remark.
"""
import pathlib
import sys

GOLD = pathlib.Path(__file__).resolve().parents[1] / 'gold/media'


def of_gold(name, at=0, length=None):
    return (GOLD / name).read_bytes()[int(at):][:int(length) if length else None]


def of_line(line):
    if line.startswith('@'):
        return of_gold(*line[1:].split())
    if line.startswith('"'):
        return line[1:].encode().decode('unicode_escape').encode('latin-1')
    return bytes.fromhex(line)


def seeds(text):
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.startswith('+'):
                found[-1] += of_line(line[1:].strip())
            elif line.strip() and not line.startswith('#'):
                found.append(of_line(line.strip()))
        except (OSError, ValueError, IndexError) as e:
            raise SystemExit(f'line {number}: {e}')
    return found


def main(source, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob('seed-*'):
        old.unlink()
    for number, seed in enumerate(seeds(pathlib.Path(source).read_text()), 1):
        (folder / f'seed-{number:03}').write_bytes(seed)


main(*sys.argv[1:])
