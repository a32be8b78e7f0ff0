# SPDX-License-Identifier: Apache-2.0
"""The benches measure what they say, beside tgt and beside another build.  No figure is judged here."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from tap import equal

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1]).resolve()
ROWS = ['write MB/s to the last sync', 'write CPU s/GiB', 'write initiator CPU s/GiB', 'write p99 us', 'read MB/s',
        'read CPU s/GiB', 'read initiator CPU s/GiB', 'read p99 us']
PHASES = ['fresh', 'again', 'read cold', 'read warm']


def started(*words):
    """A bench of ours."""
    if os.geteuid():
        raise tap.Skip('a network namespace needs root')
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    if ' is missing' in done.stderr or 'unshare failed' in done.stderr or 'CPUs are needed' in done.stderr:
        raise tap.Skip(done.stderr.strip())
    equal(done.returncode, 0, done.stdout + done.stderr)
    return done.stdout


def bench(*options):
    """The figures of both sides, by row."""
    with tempfile.TemporaryDirectory(prefix='evertape-bench-', dir='/var/tmp') as folder:
        said = started(TOP / 'tests/bench/run', BUILD, '--dir', f'{folder}/bench', '--size', '16M', '--rounds', '1', *options)
        equal(os.listdir(folder), [])
    found = re.findall(r'^(\w.*?) +([\d.]+) +([\d.]+) ', said, re.M)
    equal([row for row, _, _ in found], ROWS)
    return {row: (float(ours), float(peer)) for row, ours, peer in found}


def test_tgt_is_the_peer():
    for row, figures in bench().items():
        assert row.endswith('CPU s/GiB') or all(figures), (row, figures)


def test_another_build_is_the_peer():
    for row, figures in bench('--before', BUILD, '--pin').items():
        assert row.endswith('CPU s/GiB') or all(figures), (row, figures)


def test_matrix():
    with tempfile.TemporaryDirectory(prefix='evertape-bench-', dir='/var/tmp') as folder:
        said = started(TOP / 'tests/bench/matrix', BUILD, '--dir', folder, '--rounds', '1', '--size', '8M', '--work', '64K:4:2',
                       '--out', folder)
        equal(sorted(os.listdir(folder)), ['matrix.json', 'matrix.svg', 'matrix.txt'])
        found = json.loads(pathlib.Path(folder, 'matrix.json').read_text())
        equal([(c['block'], c['depth'], c['drives'], c['phase']) for c in found['cells']], [('64K', 4, 2, p) for p in PHASES])
        for cell in found['cells']:
            assert cell['evertape']['mb_s'] and cell['tgt']['mb_s'] and cell['ratio']['mb_s'], cell
        equal(pathlib.Path(folder, 'matrix.txt').read_text(), said)
        bars = ElementTree.parse(pathlib.Path(folder, 'matrix.svg')).findall('.//{*}rect')
        equal(len(bars), 1 + len(found['cells']))  # the background, and a bar for each


tap.run(tap.tests_of(globals()))
